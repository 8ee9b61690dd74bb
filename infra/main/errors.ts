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

interface SystemError {
  readonly fix: string
  /** Beside the file that it is about; null: as the system says it. */
  readonly what: string | null
}

const NOT_ALLOWED: SystemError = {
  fix: 'check who owns it and who may write to it',
  what: 'this user may not do that',
}

/** Codes of Node's system errors that a person can do something about. */
const SYSTEM_ERRORS: Readonly<Record<string, SystemError>> = {
  EADDRINUSE: { fix: 'choose another port with --port, or --port 0 for any free one', what: null },
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENOENT: { fix: 'check the name, and make the folder first', what: 'it is not there, or its folder is not' },
  ENOTDIR: {
    fix: 'a file is in the way: choose another folder',
    what: 'a file is where a folder should be',
  },
  EISDIR: { fix: 'it is a folder: name a file', what: 'it is a folder' },
  EEXIST: { fix: 'a file is in the way: choose another folder', what: 'something is there already' },
  ENOSPC: { fix: 'free some disk space', what: 'the disk is full' },
  EROFS: { fix: 'choose a folder that can be written to with --data-dir', what: 'the disk is read-only' },
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** "127.0.0.1:8080 is in use", "/x/a.pdf: the disk is full"; what says less stays as the system said it. */
function systemMessage(error: Error): string {
  const { address, port, path } = error as { address?: unknown; port?: unknown; path?: unknown }
  if (codeOf(error) === 'EADDRINUSE' && typeof port === 'number') {
    return `${typeof address === 'string' ? `${address}:` : 'port '}${port} is in use by another program`
  }
  const what = SYSTEM_ERRORS[codeOf(error)]?.what ?? null
  return what !== null && typeof path === 'string' ? `${path}: ${what}` : error.message
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
  if (known) {
    return { exitCode: EXIT.precondition, fix: known.fix, message: systemMessage(error), bug: false }
  }
  return {
    exitCode: EXIT.failure,
    message: error.message,
    fix: 'this looks like a mistake of ours: run again with DEBUG=1 for the stack, and please report it',
    bug: true,
  }
}
