// The command line as a process: streams, signals and exit codes as a shell sees them.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../tidy/files.ts'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the CLI from its sources; `onLine` sees each line of stdout as it comes and may send a signal. */
function run(
  args: readonly string[],
  onLine: (line: string, kill: (name: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const env = { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' }
  const cli = path.join(ROOT, 'infra/main/cli.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...args], { cwd: ROOT, env })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', chunk => (stderr += chunk))
  child.stdout.on('data', chunk => {
    const before = stdout.split('\n').length
    stdout += chunk
    const lines = stdout.split('\n')
    for (const line of lines.slice(before - 1, -1)) onLine(line, name => child.kill(name))
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}

describe('bct as a process', () => {
  test('a mistake exits 2 with its reason on stderr and nothing on stdout', async () => {
    const { code, stdout, stderr } = await run(['strat'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('did you mean start?')
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('[C19] %s stops what runs in order and exits %i', async (name, exitCode) => {
    let answer: Promise<number> | null = null
    const { code, stdout, stderr } = await run(['feed-server', '--port', '0'], (line, kill) => {
      answer = fetch(`${line}/api/salesfeed/1/get_initial`).then(response => {
        kill(name)
        return response.status
      })
    })
    expect(await answer).toBe(200)
    expect([code, stdout.split('\n').length]).toEqual([exitCode, 2])
    expect(stderr).toContain('stopping in order')
    await expect(fetch(stdout.trim())).rejects.toThrow('fetch failed')
  })
})
