// What a check of `bct doctor` is, and how it is run: within a time; whatever it throws becomes a finding.
import type { Clock } from '../../ports.ts'
import type { Config, Mode } from '../config.ts'
import { CommandError, EXIT, endingOf } from '../errors.ts'

export interface Patient {
  readonly config: Config
  /** Whose log, store and archive are looked at. */
  readonly mode: Mode
  readonly version: string
  readonly clock: Clock
}

/** `skipped`: there is nothing to look at, and that is no trouble. */
export type Result = 'ok' | 'warning' | 'failed' | 'skipped'

export interface Finding {
  readonly result: Result
  readonly says: string
  /** What to do; null where nothing is. */
  readonly fix: string | null
}

export interface Check {
  readonly name: string
  /** Changes nothing outside. What it throws is told as `failed`, with the fix that the error knows. */
  look(patient: Patient): Promise<Finding>
}

export interface Told extends Finding {
  readonly name: string
}

/** No check waits longer for whatever it asks. */
const CHECK_WITHIN_MS = 30_000

export const ok = (says: string): Finding => ({ result: 'ok', says, fix: null })
export const skipped = (says: string): Finding => ({ result: 'skipped', says, fix: null })
export const warning = (says: string, fix: string): Finding => ({ result: 'warning', says, fix })
export const failed = (says: string, fix: string): Finding => ({ result: 'failed', says, fix })

export async function runCheck(check: Check, patient: Patient): Promise<Told> {
  const stop = new AbortController()
  const tooLate = patient.clock.sleep(CHECK_WITHIN_MS, stop.signal).then((): Finding => {
    const fix = 'look whether a firewall swallows it, or the other side is overloaded'
    return failed(`no answer within ${CHECK_WITHIN_MS / 1_000} s`, fix)
  })
  const looked = check.look(patient).catch(findingOf)
  try {
    return { name: check.name, ...(await Promise.race([looked, tooLate])) }
  } finally {
    stop.abort()
  }
}

function findingOf(error: unknown): Finding {
  if (error instanceof CommandError && error.exitCode === EXIT.notFound) return skipped(error.message)
  const { message, fix } = endingOf(error)
  return failed(message, fix ?? 'see the message')
}
