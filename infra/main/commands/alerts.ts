// `bct alerts`: what moved, why it was told or not, what nobody is to hear of, and what settings would send.
import { Argument } from 'commander'
import { SEVERITIES, type Severity } from '../../../schemas/alerts.ts'
import { ALL_KEY, type Key } from '../../../schemas/keys.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../schemas/time.ts'
import { isFollowable, spellKey } from '../../../schemas/wishes-schema.ts'
import { systemClock } from '../../system/clock.ts'
import { emailOf } from '../address-argument.ts'
import type { AlertRequest } from '../alert-tools.ts'
import type { CommandContext, CommandModule, CommandOptions } from '../command.ts'
import { addConfigFlags, configFlags, LOG_KEYS } from '../command.ts'
import { type Config, loadConfig } from '../config.ts'
import { CommandError, EXIT, type ExitCode } from '../errors.ts'
import { instantOf } from '../instant.ts'
import { modeOf } from '../mode-of.ts'

const WHATS = ['list', 'explain', 'mute', 'test', 'simulate'] as const
type What = (typeof WHATS)[number]

const DEFAULT_DAYS = 30
const MAX_DAYS = 3_650
const DEFAULT_ROWS = 20
const MAX_ROWS = 1_000
const ALERT_ID = /^[0-9a-f]{16}$/
const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }
/** A year: longer, and it is a mistake. */
const LONGEST_MUTE_MS = 366 * DAY_MS

interface Call {
  readonly context: CommandContext
  readonly options: CommandOptions
  readonly config: Config
  readonly subject: string | undefined
}

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

/** `7d`, `12h`, `30m`, in milliseconds. */
function lengthOf(text: unknown): number {
  const match = /^(\d{1,6})([mhd])$/.exec(String(text))
  const ms = match === null ? 0 : Number(match[1]) * UNITS[match[2]!]!
  if (ms > 0 && ms <= LONGEST_MUTE_MS) return ms
  const fix = 'write it as 30m, 12h or 7d; a year is the longest'
  throw new CommandError(EXIT.usage, `--for: ${JSON.stringify(text ?? '')} is not a length of time`, fix)
}

function keyOf(text: string | undefined, what: What): Key {
  const key = text === undefined ? '' : spellKey(text)
  if (key === ALL_KEY || isFollowable(key)) return key
  const fix = 'write it as genre:techno, artist:HOST, country:de, tag:dub techno, format:vinyl or all'
  throw new CommandError(EXIT.usage, `${what}: ${JSON.stringify(text ?? '')} is not a key`, fix)
}

async function withRequest(
  call: Call,
  work: (request: AlertRequest) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { context, options, config } = call
  const mode = modeOf(config)
  const { withStore } = await import('../with-store.ts')
  const shared = { output: context.output, json: options.json === true, nowMs: systemClock.nowMs() }
  return withStore(config, mode, store => work({ store, ...shared }))
}

async function list(call: Call): Promise<ExitCode> {
  const { key, since, limit, open, minSeverity } = call.options
  const asked = {
    open: open === true,
    key: key === undefined ? null : String(key),
    minSeverity: severityOf(minSeverity),
    sinceMs: since === undefined ? null : instantOf('--since', since),
    limit: wholeOf(limit, '--limit', DEFAULT_ROWS, MAX_ROWS),
  }
  const { listAlerts } = await import('../alert-tools.ts')
  return withRequest(call, request => listAlerts(request, asked))
}

async function explain(call: Call): Promise<ExitCode> {
  const { subject, config, context, options } = call
  if (subject !== undefined && ALERT_ID.test(subject)) {
    const { explainAlert } = await import('../alert-explain.ts')
    return withRequest(call, request => explainAlert(request, subject))
  }
  const key = keyOf(subject, 'explain')
  if (key === ALL_KEY) {
    const fix =
      'bct alerts list --key all shows when it was told; name a genre, country, format, tag or artist'
    throw new CommandError(EXIT.usage, 'explain: the market as a whole cannot be explained', fix)
  }
  const [{ explainWhyNot }, { openExistingLog }] = await Promise.all([
    import('../alert-why.ts'),
    import('../open-log.ts'),
  ])
  const log = await openExistingLog(config, modeOf(config))
  try {
    return await explainWhyNot(log, key, { output: context.output, json: options.json === true })
  } finally {
    await log.close()
  }
}

async function mute(call: Call): Promise<ExitCode> {
  const { for: length, off, subscriber } = call.options
  const key = keyOf(call.subject, 'mute')
  const lengthMs = off === true ? null : lengthOf(length)
  const email = subscriber === undefined ? null : emailOf(subscriber)
  const { muteKey } = await import('../alert-tools.ts')
  return withRequest(call, request =>
    muteKey(request, key, lengthMs === null ? null : request.nowMs + lengthMs, email),
  )
}

async function test(call: Call): Promise<ExitCode> {
  const email = emailOf(call.subject)
  const { testAlert } = await import('../alert-tools.ts')
  return withRequest(call, request => testAlert(request, email))
}

async function simulate({ context, options, config }: Call): Promise<ExitCode> {
  const request = {
    ...context,
    config,
    json: options.json === true,
    days: wholeOf(options.days, '--days', DEFAULT_DAYS, MAX_DAYS),
    minSeverity: severityOf(options.minSeverity),
    world: options.world === undefined ? null : wholeOf(options.world, '--world', 1, 2 ** 31),
    isStill: options.still === true,
  }
  const { simulateAlerts } = await import('../alert-simulate.ts')
  return simulateAlerts(request)
}

const RUNS: Readonly<Record<What, (call: Call) => Promise<ExitCode>>> = {
  list,
  explain,
  mute,
  test,
  simulate,
}

export const command: CommandModule = {
  examples: [
    ['bct alerts list --open', 'what moves right now'],
    ['bct alerts list --since 2026-11-20 --min-severity major', 'the largest since then'],
    ['bct alerts explain 3f2a9c0d1e4b5a67', 'why it was told, and who heard of it'],
    ['bct alerts explain "tag:dub techno"', 'why it was not told, from the log'],
    ['bct alerts mute genre:metal --for 7d', 'nobody hears of it for a week; --off ends it'],
    ['bct alerts mute genre:metal --for 7d --subscriber ann@example.org', 'for one subscriber'],
    ['bct alerts test ann@example.org', 'a letter about the newest alert, with links that work'],
    ['bct alerts simulate --days 30', 'what the last 30 days in the log would have sent'],
    ['bct alerts simulate --world 7 --still', 'a made-up month in which nothing moves'],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to do').choices(WHATS))
      .argument('[subject]', 'explain: an id or a key; mute: a key; test: an address')
      .option('--open', 'list: those alone that are not closed')
      .option('--key <KEY>', 'list: of one key, such as genre:techno')
      .option('--since <TIME>', 'list: opened since then, ISO 8601, UTC unless it says otherwise')
      .option('--limit <N>', `list: how many (default: ${DEFAULT_ROWS})`)
      .option('--min-severity <SEVERITY>', `${SEVERITIES.join(', ')}: this and above`, 'info')
      .option('--for <LENGTH>', 'mute: 30m, 12h or 7d')
      .option('--off', 'mute: tell of it again')
      .option('--subscriber <EMAIL>', 'mute: for one subscriber instead of everybody')
      .option('--days <N>', `simulate: how many days count (default: ${DEFAULT_DAYS})`)
      .option('--world <SEED>', 'simulate: a simulated world instead of the log')
      .option('--still', 'with --world: nothing moves in it, so every alert is false')
      .option('--json', 'as JSON')
    addConfigFlags(command, ['mode', 'dataDir', 'dbSchema', ...LOG_KEYS])
  },
  async run(context, options, [what, subject]) {
    const { io } = context
    const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    return RUNS[what as What]({ context, options, config, subject })
  },
}
