// `bct dead-letters`: what could not be handled: looked at, sent again, let go.
import { Argument } from 'commander'
import { systemClock } from '../../system/clock.ts'
import { addConfigFlags, type CommandModule, type CommandOptions, configFlags, LOG_KEYS } from '../command.ts'
import { loadConfig } from '../config.ts'
import type { Choice } from '../dead-letter-tools.ts'
import { CommandError, EXIT, type ExitCode } from '../errors.ts'
import { modeOf } from '../mode-of.ts'

const WHATS = ['list', 'show', 'resend', 'discard'] as const
type What = (typeof WHATS)[number]
const DEFAULT_ROWS = 20
const MAX_ROWS = 10_000

function limitOf(text: unknown): number {
  const rows = text === undefined ? DEFAULT_ROWS : Number(text)
  if (Number.isInteger(rows) && rows >= 1 && rows <= MAX_ROWS) return rows
  throw new CommandError(EXIT.usage, `--limit must be a whole number from 1 to ${MAX_ROWS}`)
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** @throws CommandError where it names nothing, or everything by accident. */
function choiceOf(what: What, ids: readonly string[], options: CommandOptions): Choice {
  const [stage, reason] = [textOf(options.stage), textOf(options.reason)]
  const all = options.all === true || ((stage ?? reason) !== null && ids.length === 0)
  if (what === 'list') return { ids, all: true, stage, reason }
  if (ids.length > 0 && all) throw new CommandError(EXIT.usage, '--all and ids do not go together')
  if (ids.length > 0 || (all && what !== 'show')) return { ids, all, stage, reason }
  const others = what === 'show' ? '' : ', or --all, --stage, --reason'
  throw new CommandError(EXIT.usage, `${what}: which one?`, `give an id of bct dead-letters list${others}`)
}

function noteOf(what: What, options: CommandOptions): string {
  const note = textOf(options.because) ?? ''
  if (what !== 'discard' || note.trim() !== '') return note
  throw new CommandError(EXIT.usage, 'discard: why?', 'say it with --because "…": it is kept with the letter')
}

export const command: CommandModule = {
  examples: [
    ['bct dead-letters list', 'what is open: how many of each kind, and the newest'],
    ['bct dead-letters show 3fQx', 'one, with what came; the beginning of its id is enough'],
    ['bct dead-letters resend --all --dry-run', 'what this version of the program can read by now'],
    ['bct dead-letters resend --reason schema', 'sends again what can be read; exits 1 where some stay open'],
    ['bct dead-letters discard 3fQx --because "a test sale"', 'nothing of it is counted, the letter is kept'],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to do').choices(WHATS))
      .argument('[ids...]', 'show, resend, discard: ids, or their beginnings')
      .option('--all', 'resend, discard: every open one')
      .option('--stage <STAGE>', 'those of one stage: poll, enrich, …')
      .option('--reason <REASON>', 'those of one reason, as list shows it')
      .option('--because <TEXT>', 'discard: why')
      .option('--dry-run', 'resend: says what would become of each, changes nothing')
      .option('--settled', 'list: those that were sent again or discarded, too')
      .option('--limit <N>', `list: how many (default: ${DEFAULT_ROWS})`)
      .option('--json', 'as JSON')
    addConfigFlags(command, ['mode', 'dataDir', 'partitions', ...LOG_KEYS])
  },
  async run({ io, output }, options, [name, ...ids]) {
    const what = name as What
    const choice = choiceOf(what, ids, options)
    const note = noteOf(what, options)
    const limit = limitOf(options.limit)
    const { config } = loadConfig({ flags: configFlags(options), env: io.env, cwd: io.cwd })
    const { openExistingLog } = await import('../open-log.ts')
    const tools = await import('../dead-letter-tools.ts')
    const log = await openExistingLog(config, modeOf(config))
    const request = { log, output, json: options.json === true, nowMs: systemClock.nowMs() }
    const work = (): Promise<ExitCode> => {
      const settledToo = options.settled === true
      if (what === 'list') return tools.listLetters(request, { ...choice, settledToo, limit })
      if (what === 'show') return tools.showLetter(request, choice.ids[0]!)
      if (what === 'discard') return tools.discardLetters(request, choice, note)
      return tools.resendLetters(request, choice, options.dryRun === true)
    }
    try {
      return await work()
    } finally {
      await log.close()
    }
  },
}
