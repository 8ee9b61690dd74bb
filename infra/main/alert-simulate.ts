// `bct alerts simulate`: how many alerts today's settings would have sent, with examples.
import type { Alert, Severity } from '../../schemas/alerts.ts'
import { systemClock } from '../system/clock.ts'
import { alertCells } from './alert-tools.ts'
import type { Config } from './config.ts'
import { EXIT, type ExitCode } from './errors.ts'
import { alertsOfLog, alertsOfWorld, countAlerts, type SimulatedAlerts } from './evaluation/simulate.ts'
import { modeOf } from './mode-of.ts'
import { openExistingLog } from './open-log.ts'
import { type Io, type Output, table } from './output.ts'
import { createProgress } from './progress.ts'

/** Days that a world has before those that are asked for. */
const WARM_UP_DAYS = 21

export interface SimulateRequest {
  readonly config: Config
  readonly io: Io
  readonly output: Output
  readonly json: boolean
  readonly days: number
  readonly minSeverity: Severity
  /** Seed of a world to read instead of the log. */
  readonly world: number | null
  readonly isStill: boolean
}

function text({ days, perDay, bySeverity, byKind, examples }: SimulatedAlerts): string {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of).map(([name, n]) => [name, String(n)])
  const parts = [
    `${(perDay * days).toFixed(0)} alerts in ${days} days: ${perDay.toFixed(2)} a day`,
    table([...counts(bySeverity), ...counts(byKind)]),
  ]
  if (examples.length > 0) parts.push('The most surprising:', table(examples.map(alertCells)))
  return parts.join('\n\n')
}

type Found = { readonly alerts: readonly Alert[]; readonly endMs: number }

async function alertsFor({ config, io, days, world, isStill }: SimulateRequest): Promise<Found> {
  if (world === null) {
    const log = await openExistingLog(config, modeOf(config))
    try {
      return await alertsOfLog(log)
    } finally {
      await log.close()
    }
  }
  const total = days + WARM_UP_DAYS
  const progress = createProgress({ title: 'Simulate', total, stream: io.stderr, clock: systemClock })
  const found = alertsOfWorld({ seed: world, days, isStill }, day => progress.update(day))
  progress.stop()
  return found
}

export async function simulateAlerts(request: SimulateRequest): Promise<ExitCode> {
  const { alerts, endMs } = await alertsFor(request)
  const result = countAlerts(alerts, endMs, request.days, request.minSeverity)
  if (request.json) request.output.json(result)
  else request.output.data(text(result))
  return EXIT.ok
}
