// Which failures of PostgreSQL are outages, to be retried, and which are our own mistakes.
import { OutageError } from '../ports.ts'

/**
 * SQLSTATE classes: connection, resources, operator intervention, system, and what a retry of the write
 * cures.
 */
const OUTAGE_STATES = /^(08|53|57P|58|40001|40P01|55P03|25006)/
const OUTAGE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
])
const OUTAGE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|not queryable|Query read timeout|Cannot use a pool after|server closed|the database system is/i

/** The same error, or an `OutageError` where PostgreSQL is away, full or going down. */
export function asOutage(error: unknown): unknown {
  if (error instanceof OutageError || !(error instanceof Error)) return error
  const inner = error instanceof AggregateError ? error.errors[0] : error
  const code = String((inner as { code?: unknown }).code ?? '')
  // A statement that ran into its time limit is 57014: bounded on purpose, no outage.
  const isOutage =
    OUTAGE_STATES.test(code) || OUTAGE_CODES.has(code) || OUTAGE_MESSAGES.test((inner as Error).message)
  if (!isOutage) return error
  return new OutageError(code || 'connection', `PostgreSQL: ${(inner as Error).message}`, { cause: error })
}

/** Runs `work`; what it rejects with passes through `asOutage`. */
export async function withOutages<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asOutage(error)
  }
}
