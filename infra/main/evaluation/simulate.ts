// How many alerts today's settings would have sent: over a log, or over a simulated world.
import { DetectStage } from '../../../processors/detect-stage.ts'
import { createLabelledWorld } from '../../../producers/simulator/core/labelled/world.ts'
import { type Alert, SEVERITIES, type Severity } from '../../../schemas/alerts.ts'
import { DAY_MS } from '../../../schemas/time.ts'
import type { EventLog } from '../../ports.ts'

/** A world learns for so long before the days that are asked for. */
const WARM_UP_DAYS = 21
const BATCH_RECORDS = 5_000
const EXAMPLES = 10

export interface SimulatedAlerts {
  readonly days: number
  readonly perDay: number
  readonly bySeverity: Readonly<Record<Severity, number>>
  readonly byKind: Readonly<Record<string, number>>
  /** The most surprising ones. */
  readonly examples: readonly Alert[]
}

/** Alerts opened in the last `days` of everything that was told. */
export function countAlerts(
  alerts: readonly Alert[],
  endMs: number,
  days: number,
  least: Severity,
): SimulatedAlerts {
  const rank = (severity: Severity) => SEVERITIES.indexOf(severity)
  const wanted = alerts.filter(
    alert => alert.openedAtMs >= endMs - days * DAY_MS && rank(alert.severity) >= rank(least),
  )
  const count = (of: (alert: Alert) => string) => {
    const counts: Record<string, number> = {}
    for (const alert of wanted) counts[of(alert)] = (counts[of(alert)] ?? 0) + 1
    return counts
  }
  const bySeverity = count(({ severity }) => severity)
  return {
    days,
    perDay: wanted.length / days,
    bySeverity: { info: 0, notable: 0, major: 0, ...bySeverity },
    byKind: count(({ alertKind, dimension }) => `${alertKind} ${dimension}`),
    examples: [...wanted].sort((a, b) => b.peakScore - a.peakScore).slice(0, EXAMPLES),
  }
}

class Collected {
  readonly #latest = new Map<string, Alert>()
  readonly stage: DetectStage

  constructor(sources: number) {
    this.stage = new DetectStage({ sources, quietUpToMs: Number.NEGATIVE_INFINITY }, alert => {
      this.#latest.set(alert.id, alert)
    })
  }

  get alerts(): readonly Alert[] {
    return [...this.#latest.values()]
  }
}

/** What a world of ordinary days would have sent; `isStill`: nothing moves in it at all. */
export function alertsOfWorld(
  options: { readonly seed: number; readonly days: number; readonly isStill: boolean },
  tell: (day: number) => void,
): { readonly alerts: readonly Alert[]; readonly endMs: number } {
  const { seed, days, isStill } = options
  const world = createLabelledWorld({ seed, days: WARM_UP_DAYS + days, warmUpDays: WARM_UP_DAYS, isStill })
  const collected = new Collected(1)
  for (const batch of world.hours()) {
    collected.stage.handle(0, batch)
    tell(((collected.stage.watermarkMs ?? world.fromMs) - world.fromMs) / DAY_MS)
  }
  return { alerts: collected.alerts, endMs: world.toMs }
}

/** Everything in the log through a stage that has a source for each partition of `sales`. */
export async function readThrough(log: EventLog, stage: DetectStage): Promise<void> {
  const sources = log.partitions('sales')
  const bounds = await log.bounds('sales')
  const next = bounds.map(({ start }) => start)
  const ticks = bounds.map(() => Number.NEGATIVE_INFINITY)
  for (;;) {
    // The source that is furthest behind in time, so that little has to wait for the others.
    let source = -1
    for (let s = 0; s < sources; s++) {
      if (next[s]! < bounds[s]!.end && (source < 0 || ticks[s]! < ticks[source]!)) source = s
    }
    if (source < 0) return
    const { firstOffset, records } = await log.read('sales', source, next[source]!, BATCH_RECORDS)
    if (records.length === 0) return
    stage.handle(source, records)
    next[source] = firstOffset + records.length
    for (const record of records) if (record.kind === 'tick') ticks[source] = record.upToMs
  }
}

/** What everything in the log would have sent. */
export async function alertsOfLog(log: EventLog): Promise<{ alerts: readonly Alert[]; endMs: number }> {
  const collected = new Collected(log.partitions('sales'))
  await readThrough(log, collected.stage)
  return { alerts: collected.alerts, endMs: collected.stage.watermarkMs ?? 0 }
}
