// Processes of the built program, for tests that kill them and start others in their place.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Running {
  /** Its stages, as `--only` names them. */
  readonly only: string
  readonly child: ChildProcess
  /** The last of what it printed. */
  said: string
}

const SAID_CHARS = 5_000

/** Runs those stages; the process stands in `running` until `end`. */
export function startStages(
  running: Set<Running>,
  only: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): void {
  const child = spawn(process.execPath, [...command, '--only', only], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  })
  const one: Running = { only, child, said: '' }
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      one.said = (one.said + chunk.toString()).slice(-SAID_CHARS)
    })
  running.add(one)
}

export const hasEnded = ({ child }: Running): boolean => child.exitCode !== null || child.signalCode !== null

/** Sends the signal and waits for the end; its exit code. */
export async function end(
  running: Set<Running>,
  one: Running,
  signal: NodeJS.Signals,
): Promise<number | null> {
  running.delete(one)
  const { child } = one
  if (!hasEnded(one)) {
    const exited = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

/** Lets the simulated world of a folder be at `beginsMs` now; the time at which it began, at that speed. */
export function beginWorld(modeDir: string, beginsMs: number, speed: number): number {
  // now = began + (now − began) × speed, solved for the beginning.
  const beganAtMs = (beginsMs - Date.now() * speed) / (1 - speed)
  mkdirSync(modeDir, { recursive: true })
  writeFileSync(join(modeDir, 'world-clock.json'), JSON.stringify({ beganAtMs }))
  return beganAtMs
}
