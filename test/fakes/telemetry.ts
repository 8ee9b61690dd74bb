// Telemetry that remembers what was told to it, so that a test can ask.
import type { Telemetry } from '../../infra/ports.ts'

export type TelemetryEventName = keyof Telemetry
export type TelemetryEvent<K extends TelemetryEventName> = Parameters<Telemetry[K]>[0]

export interface FakeTelemetry extends Telemetry {
  /** Everything told, in order. `info` and `warn` carry `{ message, ...fields }`. */
  readonly events: readonly { readonly name: TelemetryEventName; readonly event: unknown }[]
  /** What was told to one function, in order; for `info` and `warn` the messages. */
  of<K extends TelemetryEventName>(name: K): TelemetryEvent<K>[]
  clear(): void
}

export function createFakeTelemetry(): FakeTelemetry {
  const events: { name: TelemetryEventName; event: unknown }[] = []
  function record<K extends TelemetryEventName>(name: K): (event: TelemetryEvent<K>) => void {
    return event => {
      events.push({ name, event })
    }
  }
  function say(name: 'info' | 'warn'): Telemetry['info'] {
    return (message, fields) => {
      events.push({ name, event: { message, ...fields } })
    }
  }
  return {
    events,
    of<K extends TelemetryEventName>(name: K): TelemetryEvent<K>[] {
      return events
        .filter(e => e.name === name)
        .map(({ event }) => {
          const told = name === 'info' || name === 'warn' ? (event as { message: string }).message : event
          return told as TelemetryEvent<K>
        })
    },
    clear() {
      events.length = 0
    },
    pollAnswered: record('pollAnswered'),
    feedOutage: record('feedOutage'),
    feedGap: record('feedGap'),
    deadLettered: record('deadLettered'),
    pageFetched: record('pageFetched'),
    enriched: record('enriched'),
    batchHandled: record('batchHandled'),
    counted: record('counted'),
    watermark: record('watermark'),
    alertDecided: record('alertDecided'),
    mailSettled: record('mailSettled'),
    mailHealth: record('mailHealth'),
    reportsSettled: record('reportsSettled'),
    outage: record('outage'),
    info: say('info'),
    warn: say('warn'),
  }
}
