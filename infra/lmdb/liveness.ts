// Who is alive among the processes on a data folder: by process where it can be seen, else by heartbeat.
import { randomUUID } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

const HEARTBEAT_EVERY_MS = 500
/** Six heartbeats missed: longer than any pause of ours, short enough for a person to wait. */
const HEARTBEAT_EXPIRY_MS = 3_000

/** An open log in some process, as written down with each of its memberships. */
export interface Instance {
  readonly id: string
  /** Processes with the same `host` can see each other by `pid`. */
  readonly host: string
  readonly pid: number
  /** Tells apart two processes that had the same pid; empty where the system does not say. */
  readonly startedAt: string
}

export interface Liveness {
  readonly self: Instance
  /** Starts the heartbeat; idempotent. */
  start(): void
  /** False once its process is gone, or its heartbeat stands still. */
  isAlive(instance: Instance): boolean
  /** Runs `look` with each heartbeat, until `stop`. */
  onBeat(look: () => void): () => void
  stop(): void
}

export function createLiveness(dir: string): Liveness {
  const folder = join(dir, 'alive')
  const self: Instance = {
    id: randomUUID(),
    host: `${hostname()} ${pidNamespace()}`,
    pid: process.pid,
    startedAt: startOf(process.pid) ?? '',
  }
  const file = join(folder, self.id)
  const looks = new Set<() => void>()
  let timer: NodeJS.Timeout | null = null

  const beat = (): void => {
    touch(folder, file)
    for (const look of [...looks]) look()
  }

  return {
    self,
    start: () => {
      if (timer !== null) return
      touch(folder, file)
      sweep(folder)
      timer = setInterval(beat, HEARTBEAT_EVERY_MS)
    },
    isAlive: instance => {
      if (instance.id === self.id) return true
      if (instance.host === self.host && !isRunning(instance)) return false
      return beatsStill(join(folder, instance.id))
    },
    onBeat: look => {
      looks.add(look)
      return () => looks.delete(look)
    },
    stop: () => {
      if (timer !== null) clearInterval(timer)
      timer = null
      rmSync(file, { force: true })
    },
  }
}

function touch(folder: string, file: string): void {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, '')
  }
}

/** Removes what the dead have left. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!beatsStill(join(folder, name))) rmSync(join(folder, name), { force: true })
  }
}

function beatsStill(file: string): boolean {
  try {
    return Date.now() - statSync(file).mtimeMs < HEARTBEAT_EXPIRY_MS
  } catch {
    return false
  }
}

function isRunning(instance: Instance): boolean {
  if (instance.startedAt !== '') return startOf(instance.pid) === instance.startedAt
  try {
    process.kill(instance.pid, 0)
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

/** Containers that share a volume may share a host name, but not their process numbers. */
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
