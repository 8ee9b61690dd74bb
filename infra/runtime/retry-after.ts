// The Retry-After header as a wait.

/** A day: longer waits are a mistake of the server's. */
const MAX_RETRY_AFTER_MS = 86_400_000

/**
 * Seconds or an HTTP date as milliseconds from `nowMs`, between 0 and a day; null where absent or unreadable.
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | null {
  if (header === null || header === undefined || header.trim() === '') return null
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS)
}
