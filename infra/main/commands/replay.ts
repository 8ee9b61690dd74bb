// `bct replay`: builds results again from the log beside the live ones; compares, promotes, drops them.
import { Argument } from 'commander'
import { systemClock } from '../../system/clock.ts'
import type { CommandOptions } from '../command.ts'
import { addConfigFlags, type CommandContext, type CommandModule, configFlags, LOG_KEYS } from '../command.ts'
import { type Config, loadConfig } from '../config.ts'
import { CommandError, EXIT, type ExitCode } from '../errors.ts'
import { instantOf, instantText } from '../instant.ts'
import { modeOf } from '../mode-of.ts'
import { createProgress, type Progress } from '../progress.ts'
import { catchSignals } from '../signals.ts'

const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,40}$/
const PARTS = ['sales', 'windows'] as const
const DEFAULT_ROWS = 20
const MAX_ROWS = 10_000

interface Call {
  readonly context: CommandContext
  readonly options: CommandOptions
  readonly config: Config
}

function required(options: CommandOptions, flag: '--from' | '--to' | '--into'): string {
  const text = options[flag.slice(2)]
  if (typeof text === 'string') return text
  throw new CommandError(EXIT.usage, `${flag} is missing`, 'see bct replay --help')
}

function nameOf(text: string, what: string, { dbSchema }: Config): string {
  const isOurs = text === dbSchema || text.startsWith(`${dbSchema}_`)
  if (SCHEMA_NAME.test(text) && !isOurs) return text
  const fix =
    'use lower-case letters, digits and _, and a name that does not begin with that of the live schema'
  throw new CommandError(EXIT.usage, `${what}: ${JSON.stringify(text)} cannot be used`, fix)
}

function partsOf(text: unknown): (typeof PARTS)[number][] {
  if (text === undefined) return [...PARTS]
  const names = String(text).split(',')
  const unknown = names.find(name => !(PARTS as readonly string[]).includes(name.trim()))
  if (unknown !== undefined) {
    const fix = `choose from ${PARTS.join(', ')}`
    throw new CommandError(EXIT.usage, `--stages: ${JSON.stringify(unknown)} cannot be rebuilt`, fix)
  }
  return PARTS.filter(part => names.some(name => name.trim() === part))
}

async function build({ context, options, config }: Call): Promise<ExitCode> {
  const { io, output } = context
  const [from, to] = [required(options, '--from'), required(options, '--to')]
  const interval = { fromMs: instantOf('--from', from), toMs: instantOf('--to', to) }
  if (interval.fromMs >= interval.toMs) throw new CommandError(EXIT.usage, '--from must be before --to')
  const into = nameOf(required(options, '--into'), '--into', config)
  const parts = partsOf(options.stages)
  // Only now, so that help and a wrong flag answer at once.
  const { replay } = await import('../replay.ts')
  const mode = modeOf(config)
  const stop = catchSignals(output.say)
  let progress: Progress | null = null
  const startProgress = (title: string, total: number) => {
    progress = createProgress({ title, total, stream: io.stderr, clock: systemClock })
    return progress
  }
  const { say } = output
  const nowMs = () => performance.now()
  try {
    const late = options.late === true
    const request = {
      config,
      mode,
      interval,
      into,
      parts,
      late,
      startProgress,
      nowMs,
      say,
      signal: stop.signal,
    }
    const { upToMs, ...counts } = await replay(request)
    const done = stop.signal.aborted ? null : upToMs
    if (options.json) output.json({ ...counts, upTo: done === null ? null : instantText(done) })
    else for (const [name, count] of Object.entries(counts)) output.data(`${name}\t${count}`)
    if (stop.signal.aborted) say('interrupted: the same command goes on from here')
    else if (upToMs === null || upToMs < interval.toMs) {
      say(
        `the log reaches ${upToMs === null ? 'no tick yet' : instantText(upToMs)} only: windows after it are missing`,
      )
    }
    return stop.exitCode()
  } finally {
    ;(progress as Progress | null)?.stop()
    stop.release()
  }
}

/** The questions about a replay that is there. */
async function ask(what: string, name: string | undefined, call: Call): Promise<ExitCode> {
  const tools = await import('../replay-tools.ts')
  const { context, options, config } = call
  const { output } = context
  const mode = modeOf(config)
  if (what === 'list') return tools.listAll({ config, mode, output, json: options.json === true })
  if (name === undefined) {
    throw new CommandError(
      EXIT.usage,
      `${what}: which replay?`,
      `bct replay ${what} NAME; see bct replay list`,
    )
  }
  const into = nameOf(name, what, config)
  const request = { config, mode, output, json: options.json === true, name: into }
  if (what === 'drop') return tools.drop(request)
  if (what === 'diff') return tools.diff({ ...request, rows: rowsOf(options.rows) })
  return tools.promote({ ...request, dryRun: options.dryRun === true, yes: options.yes === true })
}

function rowsOf(text: unknown): number {
  const rows = text === undefined ? DEFAULT_ROWS : Number(text)
  if (Number.isInteger(rows) && rows >= 0 && rows <= MAX_ROWS) return rows
  throw new CommandError(EXIT.usage, `--rows: ${JSON.stringify(text)} is not a number from 0 to ${MAX_ROWS}`)
}

export const command: CommandModule = {
  examples: [
    ['bct replay --from 2026-11-01 --to 2026-11-08 --into check', 'a week, into the schema check'],
    ['bct replay diff check', 'what differs from live; exits 0 when nothing does, else 1'],
    ['bct replay promote check --dry-run', 'how many live rows it would change'],
    ['bct replay promote check --yes', 'its rows take the place of the live ones'],
    ['bct replay drop check', 'away with it'],
    ['bct replay list', 'those that are there, and how far they have come'],
    ['bct replay … --stages windows', 'windows only, without the rows of sales'],
    ['bct replay … --late', 'count sales however late they came: after an import of old ones'],
  ],
  define(command) {
    const whats = ['diff', 'promote', 'drop', 'list']
    command
      .addArgument(new Argument('[what]', 'what to do with one that is there').choices(whats))
      .argument('[name]', 'its name')
      .option('--from <TIME>', 'first event time, ISO 8601, UTC unless it says otherwise')
      .option('--to <TIME>', 'event time to stop before')
      .option('--into <NAME>', 'schema for the results; the live one is never touched')
      .option('--stages <NAMES>', `what is rebuilt: ${PARTS.join(', ')} (default: both)`)
      .option('--late', 'count sales however late they came, to the end of the log; a week at a time')
      .option('--rows <N>', `diff: differing rows to show (default: ${DEFAULT_ROWS})`)
      .option('--dry-run', 'promote: count, and change nothing')
      .option('--yes', 'promote: change the live rows')
      .option('--json', 'print as JSON')
    addConfigFlags(command, ['mode', 'dataDir', 'dbSchema', 'allowedLatenessMs', 'logLevel', ...LOG_KEYS])
  },
  async run(context, options, [what, name]) {
    const { io } = context
    const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const call: Call = { context, options, config }
    return what === undefined ? build(call) : ask(what, name, call)
  },
}
