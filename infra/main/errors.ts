// What a person did or met that stops a command: the exit code and the words for every kind, in one place.
import { OutageError, SetupError } from '../ports.ts'

/** The exit codes of `bct`. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  degraded: 4,
  precondition: 5,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Stops a command with a message and, where there is one, the next step; never shown with a stack. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  /** What to do next, as a sentence or a command; null where nothing better than the message is known. */
  readonly fix: string | null
  constructor(exitCode: ExitCode, message: string, fix: string | null = null, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'CommandError'
    this.exitCode = exitCode
    this.fix = fix
  }
}

/** What to print and how to end. */
export interface Ending {
  readonly exitCode: ExitCode
  /** Empty where everything has been said already. */
  readonly message: string
  readonly fix: string | null
  /** True where it is our mistake, not the user's. */
  readonly bug: boolean
}

/** Codes of Node's system errors that a person can do something about. */
const SYSTEM_ERRORS: Readonly<Record<string, { readonly exitCode: ExitCode; readonly fix: string }>> = {
  EADDRINUSE: {
    exitCode: EXIT.precondition,
    fix: 'choose another port with --port, or --port 0 for any free one',
  },
  EACCES: { exitCode: EXIT.precondition, fix: 'check who owns it and who may write to it' },
  EPERM: { exitCode: EXIT.precondition, fix: 'check who owns it and who may write to it' },
  ENOENT: { exitCode: EXIT.precondition, fix: 'check the name, and make the folder first' },
  ENOTDIR: { exitCode: EXIT.precondition, fix: 'a file is in the way: choose another folder' },
  EISDIR: { exitCode: EXIT.precondition, fix: 'it is a folder: name a file' },
  EEXIST: { exitCode: EXIT.precondition, fix: 'a file is in the way: choose another folder' },
  ENOSPC: { exitCode: EXIT.precondition, fix: 'free some disk space' },
  EROFS: { exitCode: EXIT.precondition, fix: 'choose a folder that can be written to with --data-dir' },
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

const WHAT_HAPPENED: Readonly<Record<string, string>> = {
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  ENOENT: 'it is not there, or its folder is not',
  ENOTDIR: 'a file is where a folder should be',
  EEXIST: 'something is there already',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
}

/** "127.0.0.1:8080 is in use", "/x/a.pdf: the disk is full"; what says less stays as the system said it. */
function systemMessage(error: Error): string {
  const { address, port, path } = error as { address?: unknown; port?: unknown; path?: unknown }
  if (codeOf(error) === 'EADDRINUSE' && typeof port === 'number') {
    return `${typeof address === 'string' ? `${address}:` : 'port '}${port} is in use by another program`
  }
  const what = WHAT_HAPPENED[codeOf(error)]
  return what !== undefined && typeof path === 'string' ? `${path}: ${what}` : error.message
}

/** A file to open that is not there was named by somebody; elsewhere one of ours is missing. */
const isTheirs = (error: Error): boolean =>
  codeOf(error) !== 'ENOENT' || ('syscall' in error && error.syscall === 'open')

/** Every error that can reach the top of a command, told. */
export function endingOf(error: unknown): Ending {
  if (error instanceof CommandError) {
    return { exitCode: error.exitCode, message: error.message, fix: error.fix, bug: false }
  }
  if (error instanceof SetupError) {
    return { exitCode: EXIT.precondition, message: error.message, fix: error.fix, bug: false }
  }
  if (error instanceof OutageError) {
    const fix = 'check that it runs and can be reached, then try again'
    const code = error.message.includes(error.code) ? '' : ` (${error.code})`
    return { exitCode: EXIT.failure, message: `${error.message}${code}`, fix, bug: false }
  }
  if (!(error instanceof Error)) {
    return { exitCode: EXIT.failure, message: String(error), fix: null, bug: true }
  }
  const known = isTheirs(error) ? SYSTEM_ERRORS[codeOf(error)] : undefined
  if (known) return { ...known, message: systemMessage(error), bug: false }
  return {
    exitCode: EXIT.failure,
    message: error.message,
    fix: 'this looks like a mistake of ours: run again with DEBUG=1 for the stack, and please report it',
    bug: true,
  }
}
