// `bct alerts simulate`: how many alerts today's settings would have sent, with examples.
import { Argument } from 'commander'
import { type Alert, SEVERITIES, type Severity } from '../../../schemas/alerts.ts'
import { HOUR_MS } from '../../../schemas/time.ts'
import { systemClock } from '../../system/clock.ts'
import { addConfigFlags, type CommandModule, type CommandOptions, configFlags, LOG_KEYS } from '../command.ts'
import { loadConfig } from '../config.ts'
import { CommandError, EXIT } from '../errors.ts'
import type { SimulatedAlerts } from '../evaluation/simulate.ts'
import { modeOf } from '../mode-of.ts'
import { table } from '../output.ts'
import { createProgress } from '../progress.ts'

const DEFAULT_DAYS = 30
const MAX_DAYS = 3_650
/** Texts from sellers are cut where a table would break. */
const KEY_CHARS = 48

function wholeOf(text: unknown, flag: string, fallback: number, max: number): number {
  const number = text === undefined ? fallback : Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new CommandError(EXIT.usage, `${flag} must be a whole number from 1 to ${max}`)
}

function severityOf(text: unknown): Severity {
  const found = SEVERITIES.find(severity => severity === (text ?? 'info'))
  if (found !== undefined) return found
  throw new CommandError(EXIT.usage, `--min-severity must be one of ${SEVERITIES.join(', ')}`)
}

function line({ openedAtMs, alertKind, key, severity, purchases, expected, windowMs }: Alert): string[] {
  const shown = key.replace(/\p{C}/gu, ' ').slice(0, KEY_CHARS)
  const when = new Date(openedAtMs).toISOString().slice(0, 16)
  const says = `${purchases} in ${windowMs / HOUR_MS} h, expected ${expected.toFixed(1)}`
  return [when, severity, alertKind, shown, says]
}

function text({ days, perDay, bySeverity, byKind, examples }: SimulatedAlerts): string {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of).map(([name, n]) => [name, String(n)])
  const parts = [
    `${(perDay * days).toFixed(0)} alerts in ${days} days: ${perDay.toFixed(2)} a day`,
    table([...counts(bySeverity), ...counts(byKind)]),
  ]
  if (examples.length > 0) parts.push('The most surprising:', table(examples.map(line)))
  return parts.join('\n\n')
}

async function alertsFor(
  options: CommandOptions,
  io: Parameters<CommandModule['run']>[0]['io'],
  days: number,
) {
  const { alertsOfLog, alertsOfWorld } = await import('../evaluation/simulate.ts')
  if (options.world !== undefined) {
    const seed = wholeOf(options.world, '--world', 1, 2 ** 31)
    const progress = createProgress({
      title: 'Simulate',
      total: days + 21,
      stream: io.stderr,
      clock: systemClock,
    })
    const result = alertsOfWorld({ seed, days, isStill: options.still === true }, day => progress.update(day))
    progress.stop()
    return result
  }
  const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
  const { openExistingLog } = await import('../open-log.ts')
  const log = await openExistingLog(config, modeOf(config))
  try {
    return await alertsOfLog(log)
  } finally {
    await log.close()
  }
}

export const command: CommandModule = {
  examples: [
    ['bct alerts simulate --days 30', 'what the last 30 days in the log would have sent'],
    ['bct alerts simulate --min-severity notable', 'the same without the smallest'],
    ['bct alerts simulate --world 7 --still', 'a made-up month in which nothing moves'],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to do').choices(['simulate']))
      .option('--days <N>', 'how many days count', String(DEFAULT_DAYS))
      .option('--min-severity <SEVERITY>', `${SEVERITIES.join(', ')}: this and above`, 'info')
      .option('--world <SEED>', 'a simulated world instead of the log')
      .option('--still', 'with --world: nothing moves in it, so every alert is false')
      .option('--json', 'as JSON')
    addConfigFlags(command, ['mode', 'dataDir', ...LOG_KEYS])
  },
  async run({ io, output }, options) {
    const days = wholeOf(options.days, '--days', DEFAULT_DAYS, MAX_DAYS)
    const least = severityOf(options.minSeverity)
    const { countAlerts } = await import('../evaluation/simulate.ts')
    const { alerts, endMs } = await alertsFor(options, io, days)
    const result = countAlerts(alerts, endMs, days, least)
    if (options.json) output.json(result)
    else output.data(text(result))
    return EXIT.ok
  },
}
