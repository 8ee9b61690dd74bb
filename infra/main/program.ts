// The command line: finds the command, loads only that one, runs it, and turns what happened into an exit
// code.
import { Command, CommanderError } from 'commander'
import type { CommandContext, CommandModule, CommandOptions } from './command.ts'
import { EXIT, type ExitCode, endingOf } from './errors.ts'
import { nearest } from './nearest.ts'
import { createOutput, type Io, type Output, table } from './output.ts'
import { readVersion } from './version.ts'

interface CommandEntry {
  readonly name: string
  readonly does: string
  readonly load: () => Promise<{ readonly command: CommandModule }>
}

/**
 * The commands, in the order of the help. Each is loaded only when it is called, so that `bct` starts fast.
 */
const COMMANDS: readonly CommandEntry[] = [
  { name: 'start', does: 'run the tracker and its dashboard', load: () => import('./commands/start.ts') },
  { name: 'status', does: 'how the running tracker is', load: () => import('./commands/status.ts') },
  {
    name: 'doctor',
    does: 'look at all that it needs, and say what to do',
    load: () => import('./commands/doctor.ts'),
  },
  { name: 'config', does: 'check or print the configuration', load: () => import('./commands/config.ts') },
  {
    name: 'topology',
    does: 'print stages, topics and windows',
    load: () => import('./commands/topology.ts'),
  },
  { name: 'replay', does: 'build results again from the log', load: () => import('./commands/replay.ts') },
  { name: 'log', does: 'export, import, tail, measure the log', load: () => import('./commands/log.ts') },
  {
    name: 'dead-letters',
    does: 'what could not be handled: list, show, resend, discard',
    load: () => import('./commands/dead-letters.ts'),
  },
  {
    name: 'alerts',
    does: 'what moved, why, and who is not to hear of it',
    load: () => import('./commands/alerts.ts'),
  },
  {
    name: 'subscribers',
    does: 'who is told of what: list, add, remove, export',
    load: () => import('./commands/subscribers.ts'),
  },
  {
    name: 'report',
    does: 'the daily report: preview, run, resend, list, verify',
    load: () => import('./commands/report.ts'),
  },
  {
    name: 'eval',
    does: 'how well alerts tell movements from noise',
    load: () => import('./commands/eval.ts'),
  },
  {
    name: 'feed-server',
    does: 'serve a simulated feed to other trackers',
    load: () => import('./commands/feed-server.ts'),
  },
]

const EXAMPLES: CommandModule['examples'] = [
  ['bct start', 'run it: Bandcamp where it can be reached, else the simulator'],
  ['bct start --mode simulated --port 9000', 'the built-in world, on a port of your choice'],
  ['bct status', 'how it is; exits 4 when degraded, 3 when nothing runs'],
  ['bct config print --origin', 'every setting and where it comes from'],
]

function examplesText(examples: CommandModule['examples']): string {
  return `Examples:\n${table(examples.map(([line, what]) => [`  ${line}`, what]))}\n`
}

/** Runs `bct` with these arguments (without node and script) and resolves to the exit code; never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const version = readVersion()
  const output = createOutput(io, !argv.includes('--no-color'))
  const context: CommandContext = { io, output, version }
  let exitCode: ExitCode = EXIT.ok
  const program = new Command('bct')
    .description('A heart monitor for independent music: Bandcamp’s public sales feed, live.')
    .version(version, '-V, --version', 'print the version')
    .option('--no-color', 'plain text; NO_COLOR does the same')
    .addHelpText('before', examplesText(EXAMPLES))
    .helpCommand(true)
  try {
    for (const entry of COMMANDS) {
      const command = program.command(entry.name).description(entry.does)
      if (!argv.includes(entry.name)) continue
      const module = (await entry.load()).command
      module.define(command)
      command.addHelpText('before', examplesText(module.examples))
      command.action(async (...actionArgs: unknown[]) => {
        const args = command.args
        exitCode = await module.run(context, actionArgs.at(-2) as CommandOptions, args)
      })
    }
    quietErrors(program, io)
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    return told(error, context, argv)
  }
}

/** Help goes to stdout; messages of the parser are told by us; it never ends the process itself. */
function quietErrors(program: Command, io: Io): void {
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: text => void io.stdout.write(text),
      writeErr: text => void io.stderr.write(text),
      outputError: () => undefined,
      getOutHasColors: () => false,
    })
  }
}

/** Says what ended the command, with the next step; the stack only for those who ask. */
function told(error: unknown, { output, io }: CommandContext, argv: readonly string[]): ExitCode {
  if (error instanceof CommanderError) return usage(error, argv, output)
  const { exitCode, message, fix } = endingOf(error)
  // Each problem of a configuration has its own next step in the message.
  const isExplained = error instanceof Error && error.name === 'ConfigError'
  const next = fix ?? (exitCode === EXIT.usage && !isExplained ? helpOf(argv) : null)
  if (message !== '') output.problem(message, next)
  const wantsStack = Boolean(io.env.DEBUG) || argv.join(' ').includes('--log-level debug')
  if (wantsStack && error instanceof Error) output.say(error.stack ?? '')
  return exitCode
}

const namedIn = (argv: readonly string[]): string | null =>
  COMMANDS.find(({ name }) => argv.includes(name))?.name ?? null

function helpOf(argv: readonly string[]): string {
  const named = namedIn(argv)
  return `see bct ${named === null ? '' : `${named} `}--help`
}

/** The parser's message and what it says of its own accord to do, on a line of its own. */
const GUESS = /\n\(Did you mean (.*)\?\)$/
/** "command-argument value 'prnt' is invalid for argument 'what'. Allowed choices are check, print." */
const NO_CHOICE = /value '(.*)' is invalid for argument 'what'\. Allowed choices are (.*)\.$/s
const NO_WHAT = /^missing required argument 'what'$/

function usage(error: CommanderError, argv: readonly string[], output: Output): ExitCode {
  if (error.exitCode === 0) return EXIT.ok
  // `bct` alone, and `bct help nothing`: the help has been printed.
  if (error.code === 'commander.help') {
    if (argv[0] === 'help' && argv[1] !== undefined)
      output.problem(`unknown command '${argv[1]}'`, helpOf([]))
    return EXIT.usage
  }
  const said = error.message.replace(/^error: /, '')
  const command = `bct ${namedIn(argv) ?? ''}`.trimEnd()
  const [, value, choices] = NO_CHOICE.exec(said) ?? []
  if (value !== undefined && choices !== undefined) {
    const guess = nearest(value, choices.split(', '))
    const fix = guess === null ? `it does ${choices}` : `did you mean ${command} ${guess}?`
    output.problem(`${command} cannot ${JSON.stringify(value)}`, fix)
  } else if (NO_WHAT.test(said)) {
    output.problem(`${command}: what is to be done?`, helpOf(argv))
  } else {
    const guess = GUESS.exec(said)?.[1]
    output.problem(said.replace(GUESS, ''), guess === undefined ? helpOf(argv) : `did you mean ${guess}?`)
  }
  return EXIT.usage
}
