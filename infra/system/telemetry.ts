// Telemetry: one function per event, which writes a log line and counts it in the same breath.
import type { Clock, Telemetry } from '../ports.ts'
import { createCoverage } from './coverage.ts'
import { createLog, type LogLevel, type LogWriter } from './log.ts'
import { createLabelGuard, createMetrics } from './metrics.ts'
import {
  createRarely,
  type Desk,
  enrichEvents,
  type Known,
  mailEvents,
  pollEvents,
  stageEvents,
} from './telemetry-events.ts'

const SECOND_MS = 1_000
/** The component of what the process says about itself. */
const SELF = 'bct'

export interface TelemetryOptions {
  readonly level: LogLevel
  /** Default: true where stderr is a terminal. */
  readonly pretty?: boolean
  readonly clock: Clock
  /** For `bct_build_info`. */
  readonly version?: string
  /** Default: stderr. */
  readonly write?: LogWriter
}

/** The latest values, for `status`: counts since the process started. */
export interface TelemetrySnapshot {
  readonly polls: number
  readonly baskets: number
  readonly items: number
  readonly duplicates: number
  readonly deadLetters: number
  readonly lastPoll: { readonly result: string; readonly atMs: number } | null
  /** What does not answer now, since when; the oldest first. */
  readonly outages: readonly { readonly what: string; readonly code: string; readonly sinceMs: number }[]
  /** Share of the last hour's lines with a known genre, 0..1; null where none came. */
  readonly coverage: number | null
  /** Records not yet read, over all partitions, by stage. */
  readonly lagRecords: Readonly<Record<string, number>>
  readonly watermarkMs: Readonly<Record<string, number>>
}

export interface SystemTelemetry {
  readonly telemetry: Telemetry
  /** Prometheus text format. */
  metricsText(): Promise<string>
  snapshot(): TelemetrySnapshot
}

function snapshotOf({ known, clock, coverage }: Desk): TelemetrySnapshot {
  const outages = [...known.outages]
    .filter(([, outage]) => outage.untilMs >= clock.nowMs())
    .map(([what, { code, sinceMs }]) => ({ what, code, sinceMs }))
    .sort((a, b) => a.sinceMs - b.sinceMs)
  const sum = (lags: ReadonlyMap<number, number>) => [...lags.values()].reduce((a, b) => a + b, 0)
  return {
    ...known.counts,
    lastPoll: known.lastPoll,
    outages,
    coverage: coverage(),
    lagRecords: Object.fromEntries([...known.lag].map(([stage, lags]) => [stage, sum(lags)])),
    watermarkMs: Object.fromEntries(known.watermarks),
  }
}

/** Wraps every function so that whatever goes wrong in telling stays there. */
function neverThrows(events: Telemetry): Telemetry {
  const quiet = Object.entries(events).map(([name, tell]) => [
    name,
    (...args: unknown[]) => {
      try {
        ;(tell as (...args: unknown[]) => void)(...args)
      } catch {
        // Telling must never break what is told about.
      }
    },
  ])
  return Object.fromEntries(quiet) as Telemetry
}

/**
 * pino for the lines, prom-client for the counts; both of this instance only, so that tests may have many.
 */
export function createTelemetry(options: TelemetryOptions): SystemTelemetry {
  const { level, pretty = process.stderr.isTTY === true, clock, version = 'unknown', write } = options
  const say = createLog({ level, pretty, clock, ...(write ? { write } : {}) })
  const known: Known = {
    counts: { polls: 0, baskets: 0, items: 0, duplicates: 0, deadLetters: 0 },
    lastPoll: null,
    outages: new Map(),
    lag: new Map(),
    watermarks: new Map(),
  }
  const coverage = createCoverage(clock)
  const lagSeconds = () =>
    known.watermarks.size === 0 ? null : (clock.nowMs() - Math.min(...known.watermarks.values())) / SECOND_MS
  const metrics = createMetrics({ lagSeconds, coverage: coverage.share }, version)
  const desk: Desk = {
    clock,
    say,
    metrics,
    known,
    label: { reason: createLabelGuard(), code: createLabelGuard(), stage: createLabelGuard() },
    addLines: coverage.add,
    coverage: coverage.share,
    sayRarely: createRarely(clock, say),
  }
  const telemetry = neverThrows({
    ...pollEvents(desk),
    ...stageEvents(desk),
    ...enrichEvents(desk),
    ...mailEvents(desk),
    info: (message, fields) => say('info', SELF, message, fields),
    warn: (message, fields) => say('warn', SELF, message, fields),
  })
  return {
    telemetry,
    metricsText: () => metrics.registry.metrics(),
    snapshot: () => snapshotOf(desk),
  }
}
