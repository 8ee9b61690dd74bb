// Times as people write them on the command line, and as they are told.
import { CommandError, EXIT } from './errors.ts'

const ISO = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/

/** `2026-11-20` or `2026-11-20T08:00Z`, as epoch milliseconds; without a zone it is UTC. */
export function instantOf(flag: string, text: unknown): number {
  const iso = ISO.exec(String(text))
  const ms = iso ? Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  const fix = 'write it as 2026-11-20 or 2026-11-20T08:00Z'
  throw new CommandError(EXIT.usage, `${flag}: ${JSON.stringify(text)} is not a time`, fix)
}

/** `2026-11-20T08:00Z`; with seconds and milliseconds where there are any. */
export function instantText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/(:00)?\.000Z$/, 'Z')
}
