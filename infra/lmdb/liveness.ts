// Who is alive among the processes on a data folder: by process where it can be seen, else by heartbeat.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identityOf, isRunning, type ProcessIdentity } from '../runtime/process-identity.ts'

const HEARTBEAT_EVERY_MS = 500
/** Six heartbeats missed: longer than any pause of ours, short enough for a person to wait. */
const HEARTBEAT_EXPIRY_MS = 3_000

/** An open log in some process, as written down with each of its memberships. */
export interface Instance extends ProcessIdentity {
  readonly id: string
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
  const self: Instance = { id: randomUUID(), ...identityOf(process.pid) }
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
