// `<dataDir>/<mode>/run.json`: how `status` finds the instance that runs.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

const FILE = 'run.json'

const runSchema = z.object({
  pid: z.number().int().positive(),
  url: z.url(),
  mode: z.enum(['live', 'simulated']),
  version: z.string(),
  startedAtMs: z.number().int(),
})
export type RunInfo = Readonly<z.infer<typeof runSchema>>

/** Writes it whole or not at all, into the folder of the mode. */
export function writeRunFile(dir: string, info: RunInfo): void {
  mkdirSync(dir, { recursive: true })
  const file = path.join(dir, FILE)
  writeFileSync(`${file}.${info.pid}`, `${JSON.stringify(info, null, 2)}\n`)
  renameSync(`${file}.${info.pid}`, file)
}

/** Removes it if it is still ours. */
export function removeRunFile(dir: string, pid: number): void {
  if (readRunFile(dir)?.pid === pid) rmSync(path.join(dir, FILE), { force: true })
}

/** What the folder says about a running instance; null where there is nothing, or nothing readable. */
export function readRunFile(dir: string): RunInfo | null {
  try {
    return runSchema.parse(JSON.parse(readFileSync(path.join(dir, FILE), 'utf8')))
  } catch {
    return null
  }
}

/** Whether a process of that id exists; one of another user does. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
