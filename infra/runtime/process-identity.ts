// Which process it was that wrote something down: numbers are given again, after a restart of the machine
// above all, and each container has its own.
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface ProcessIdentity {
  /** Processes with the same `host` can see each other by `pid`. */
  readonly host: string
  readonly pid: number
  /** Tells apart two processes that had the same pid; empty where the system does not say. */
  readonly startedAt: string
}

/** Of a process of this host. */
export function identityOf(pid: number): ProcessIdentity {
  return { host: thisHost(), pid, startedAt: startOf(pid) ?? '' }
}

/** Containers that share a volume may share a host name, but not their process numbers. */
export function thisHost(): string {
  return `${hostname()} ${pidNamespace()}`
}

/** Whether a process of this host runs still; one of another user does, and a zombie does not. */
export function isRunning({ pid, startedAt }: Pick<ProcessIdentity, 'pid' | 'startedAt'>): boolean {
  return startedAt === '' ? exists(pid) : startOf(pid) === startedAt
}

/** Whether any process has that number now; one of another user has, and a zombie. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Linux: the boot-relative start time of a process, field 22 of its stat; null where it is gone or not told.
 */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in field 2 may hold anything; fields are counted from the last bracket. A zombie does no work.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? null : (fields[18] ?? null)
  } catch {
    return null
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
