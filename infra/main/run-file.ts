// `<dataDir>/<mode>/run/<pid>.json`: how `status` and its neighbours find the processes of a data folder.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { STAGES } from '../../processors/topology.ts'
import { identityOf, isRunning, thisHost } from '../runtime/process-identity.ts'
import { replaceFile } from '../runtime/replace-file.ts'

const FOLDER = 'run'
const SUFFIX = '.json'

const runSchema = z.object({
  pid: z.number().int().positive(),
  /** Of its dashboard; null where that stage does not run there. */
  url: z.url().nullable(),
  mode: z.enum(['live', 'simulated', 'recorded']),
  version: z.string(),
  startedAtMs: z.number().int(),
  stages: z.array(z.string()),
  /** Shared: other stages may run on other machines, of which this folder knows nothing. */
  log: z.enum(['embedded', 'shared']),
  /** The simulated world that it knows; null where it reads another feed. */
  world: z.object({ seed: z.number(), speed: z.number(), volume: z.number() }).nullable(),
  /** Records not yet read, by stage, as it last said. */
  lagRecords: z.record(z.string(), z.number().int().nonnegative()),
  /** Share of the first history that is written; null where none is being written. */
  historyProgress: z.number().min(0).max(1).nullable(),
})
export type RunInfo = Readonly<z.infer<typeof runSchema>>

/** With who wrote it. */
const fileSchema = z.object({ run: runSchema, host: z.string(), startedAt: z.string() })
type RunFile = Readonly<z.infer<typeof fileSchema>>

/** A process that this one cannot see, in another container, writes its file anew every three seconds. */
const UNSEEN_EXPIRY_MS = 15_000

function fileOf(dir: string, pid: number): string {
  return path.join(dir, FOLDER, `${pid}${SUFFIX}`)
}

/** Writes it whole or not at all, into the folder of the mode. */
export function writeRunFile(dir: string, info: RunInfo): void {
  const file = fileOf(dir, info.pid)
  mkdirSync(path.dirname(file), { recursive: true })
  const { host, startedAt } = identityOf(info.pid)
  replaceFile(file, `${JSON.stringify({ host, startedAt, run: info }, null, 2)}\n`)
}

export function removeRunFile(dir: string, pid: number): void {
  rmSync(fileOf(dir, pid), { force: true })
}

/** The processes that run on the folder, oldest first; what cannot be read counts as nothing. */
export function readRunFiles(dir: string): readonly RunInfo[] {
  return namesIn(dir)
    .map(name => livingIn(path.join(dir, FOLDER, name)))
    .filter(run => run !== null)
    .sort((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid)
}

/** The oldest of them, or null where nothing runs. */
export function readRunFile(dir: string): RunInfo | null {
  return readRunFiles(dir)[0] ?? null
}

/** Removes what processes that were killed have left. */
export function sweepRunFiles(dir: string): void {
  for (const name of namesIn(dir)) {
    const file = path.join(dir, FOLDER, name)
    if (livingIn(file) === null) rmSync(file, { force: true })
  }
}

/** The stages that none of the processes runs, where all of them must be here. */
export function stagesMissing(runs: readonly RunInfo[]): readonly string[] {
  if (runs.length === 0 || runs.some(run => run.log === 'shared')) return []
  const there = new Set(runs.flatMap(run => run.stages))
  return STAGES.map(stage => stage.name).filter(name => !there.has(name))
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(path.join(dir, FOLDER)).filter(name => name.endsWith(SUFFIX))
  } catch {
    return []
  }
}

/** Null where nobody runs who wrote it, and where it cannot be read. */
function livingIn(file: string): RunInfo | null {
  try {
    const held = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    return isThere(held, file) ? held.run : null
  } catch {
    return null
  }
}

function isThere({ run, host, startedAt }: RunFile, file: string): boolean {
  if (host === thisHost()) return isRunning({ pid: run.pid, startedAt })
  return Date.now() - statSync(file).mtimeMs < UNSEEN_EXPIRY_MS
}
