// The world of a command, in memory: runs `bct` without a process and keeps what it wrote.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExitCode } from '../../infra/main/errors.ts'
import { runCli } from '../../infra/main/program.ts'

export interface CliRun {
  readonly exitCode: ExitCode
  readonly stdout: string
  readonly stderr: string
}

export interface CliWorld {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly isTTY?: boolean
  readonly ask?: (question: string) => Promise<string>
}

export async function bct(args: readonly string[], world: CliWorld = {}): Promise<CliRun> {
  const { env = {}, cwd = '/nowhere', isTTY = false } = world
  let stdout = ''
  let stderr = ''
  const exitCode = await runCli(args, {
    stdout: { isTTY, write: text => (stdout += text) },
    stderr: { isTTY, write: text => (stderr += text) },
    env,
    cwd,
    ...(world.ask === undefined ? {} : { ask: world.ask }),
  })
  return { exitCode, stdout, stderr }
}

/** Hands in a new folder and removes it afterwards, whatever happens. */
export async function inTempDir<T>(work: (dir: string) => T | Promise<T>): Promise<T> {
  const dir = mkdtempSync(path.join(tmpdir(), 'bct-test-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
