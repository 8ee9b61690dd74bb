// SIGINT, SIGTERM and SIGHUP: the first asks for an orderly stop, a second Ctrl-C or too long a wait ends it.
import { EXIT, type ExitCode } from './errors.ts'

/** Longer than this nobody waits: service managers kill after 30 s. */
const STOP_WITHIN_MS = 25_000
/** A Ctrl-C that the terminal and npm both hand on is one; a person is not that fast. */
const SAME_KEYPRESS_MS = 500

export interface StopSignal {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal
  /** How a command that stopped in order ends: 130 after Ctrl-C, else 0. */
  exitCode(): ExitCode
  /** Gives the signals back. */
  release(): void
}

/** Takes the signals over until `release`; for commands that run until they are told to stop. */
export function catchSignals(say: (text: string) => void): StopSignal {
  const abort = new AbortController()
  let first: NodeJS.Signals | null = null
  let firstAtMs = 0
  const onSignal = (name: NodeJS.Signals) => {
    if (first !== null) {
      const again = performance.now() - firstAtMs > SAME_KEYPRESS_MS
      if (name === 'SIGINT' && again) process.exit(EXIT.interrupted)
      return
    }
    first = name
    firstAtMs = performance.now()
    say('stopping in order; Ctrl-C again to stop at once')
    setTimeout(() => {
      say(`not stopped within ${STOP_WITHIN_MS / 1_000} s: ending now; nothing acknowledged is lost`)
      process.exit(EXIT.failure)
    }, STOP_WITHIN_MS).unref()
    abort.abort()
  }
  const names: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of names) process.on(name, onSignal)
  return {
    signal: abort.signal,
    exitCode: () => (first === 'SIGINT' ? EXIT.interrupted : EXIT.ok),
    release() {
      for (const name of names) process.off(name, onSignal)
    },
  }
}
