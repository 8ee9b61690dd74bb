// The embedded server: first start, next start, adoption, crashes, users, and refusals that say what to do.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { startFailure } from '../../infra/postgres/embedded-settings.ts'

const root = mkdtempSync(join(tmpdir(), 'bct-embedded-'))
const dataDir = join(root, 'data')
/** Starts the server in a process of its own, says so, and waits to be killed. */
const CHILD = `
import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../../infra/postgres/embedded.ts', import.meta.url).href)}
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] })
console.log('adopted=' + server.adopted + ' version=' + server.version)
if (process.argv[3] === 'stop') await server.stop()
else setInterval(() => {}, 1000)
`

async function child(...args: readonly string[]) {
  const script = join(root, 'child.mts')
  await writeFile(script, CHILD)
  // Without the tsx command in between, so that killing it kills the process that matters.
  const loader = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href
  const running = spawn(process.execPath, ['--import', loader, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(running.stdout, 'data')
  return { running, said: String(said) }
}

async function value(server: EmbeddedPostgres, sql: string): Promise<unknown> {
  const client = new pg.Client(server.connection)
  await client.connect()
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0]
  } finally {
    await client.end()
  }
}

const serverPid = async () =>
  Number.parseInt(await readFile(join(dataDir, 'cluster/postmaster.pid'), 'utf8'), 10)
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
/** Waits until it holds; the test's own time limit is the bound. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}

beforeAll(async () => {
  chmodSync(root, 0o755)
  const server = await startEmbeddedPostgres({ dataDir })
  await value(server, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await server.stop()
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('the embedded PostgreSQL', () => {
  it('[S13] starts again in a second, with what was written, and opens no port', async () => {
    const startedMs = performance.now()
    const server = await startEmbeddedPostgres({ dataDir })
    const tookMs = performance.now() - startedMs
    expect(server.version).toMatch(/^18\./)
    expect(server.adopted).toBe(false)
    expect(await value(server, 'SELECT answer FROM kept')).toBe(42)
    expect(await value(server, 'SHOW listen_addresses')).toBe('')
    expect(
      await value(server, `SELECT datcollate || ' ' || pg_encoding_to_char(encoding) FROM pg_database`),
    ).toBe('C UTF8')
    const pid = await serverPid()
    const stoppedMs = performance.now()
    await server.stop()
    await server.stop()
    // Generous: the machine may be busy with other tests.
    expect(tookMs).toBeLessThan(5_000)
    expect(performance.now() - stoppedMs).toBeLessThan(5_000)
    expect(isAlive(pid)).toBe(false)
  })

  it('[S13] adopts the server that a killed process left, and stops it in the end', async () => {
    const { running, said } = await child(dataDir)
    expect(said).toContain('adopted=false')
    const pid = await serverPid()
    running.kill('SIGKILL')
    await once(running, 'exit')
    const server = await startEmbeddedPostgres({ dataDir })
    expect(server.adopted).toBe(true)
    expect(await serverPid()).toBe(pid)
    expect(await value(server, 'SELECT answer FROM kept')).toBe(42)
    await server.stop()
    await expect(serverPid()).rejects.toThrow('ENOENT')
  })

  it('[S13] leaves the server running for another process that uses it', async () => {
    const server = await startEmbeddedPostgres({ dataDir })
    const client = new pg.Client(server.connection)
    await client.connect()
    const { running, said } = await child(dataDir, 'stop')
    expect(said).toContain('adopted=true')
    if (running.exitCode === null) await once(running, 'exit')
    expect((await client.query('SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }])
    await client.end()
    await server.stop()
  })

  it('[S13] recovers when the server itself was killed', async () => {
    const server = await startEmbeddedPostgres({ dataDir })
    await value(server, 'CREATE TABLE IF NOT EXISTS more AS SELECT 1 AS one')
    await value(server, 'CHECKPOINT')
    const pid = await serverPid()
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid))
    const again = await startEmbeddedPostgres({ dataDir })
    expect(again.adopted).toBe(false)
    expect(await value(again, 'SELECT one FROM more')).toBe(1)
    await server.stop()
    await again.stop()
  })

  it('[S32] killed while it is used, it is started again, and stopped in the end', async () => {
    const server = await startEmbeddedPostgres({ dataDir })
    const pid = await serverPid()
    const tool = await startEmbeddedPostgres({ dataDir })
    await tool.leave()
    expect(isAlive(pid)).toBe(true)
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid))
    await vi.waitFor(async () => expect(await value(server, 'SELECT answer FROM kept')).toBe(42), {
      timeout: 30_000,
      interval: 50,
    })
    const again = await serverPid()
    expect(again).not.toBe(pid)
    await server.stop()
    await until(() => !isAlive(again))
  })

  it('[S13] recovers when process and server were killed together', async () => {
    const { running } = await child(dataDir)
    const pid = await serverPid()
    running.kill('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await once(running, 'exit')
    const server = await startEmbeddedPostgres({ dataDir })
    expect(server.adopted).toBe(false)
    expect(await value(server, 'SELECT answer FROM kept')).toBe(42)
    await server.stop()
  })

  it('[S13] is not taken in by a process id that is somebody else now', async () => {
    await writeFile(join(dataDir, 'cluster/postmaster.pid'), `${process.pid}\n${dataDir}\n`)
    const server = await startEmbeddedPostgres({ dataDir })
    expect(server.adopted).toBe(false)
    await server.stop()
  })

  it('[S13] makes the folder anew where a first start was cut short', async () => {
    const other = join(root, 'cut')
    spawnSync('mkdir', ['-p', join(other, 'new-123', 'base')])
    const server = await startEmbeddedPostgres({ dataDir: other })
    expect(await value(server, 'SELECT 1')).toBe(1)
    await server.stop()
  })

  it('[S13] works in a folder whose path is too long for a socket', async () => {
    const long = join(root, 'x'.repeat(120))
    const server = await startEmbeddedPostgres({ dataDir: long })
    expect(String(server.connection.host).length).toBeLessThan(90)
    expect(await value(server, 'SELECT 1')).toBe(1)
    await server.stop()
    await rm(String(server.connection.host), { recursive: true, force: true })
  })

  it('[S13] refuses the data of another major version and says what to do', async () => {
    const file = join(dataDir, 'cluster/PG_VERSION')
    await writeFile(file, '9\n')
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      name: 'SetupError',
      message: expect.stringContaining('PostgreSQL 9'),
      fix: expect.stringContaining('move the folder away'),
    })
    await writeFile(file, '18\n')
  })

  it('[S13] explains what the server only mumbles', () => {
    const of = (said: string) => startFailure(said, '/x/server.log')
    expect(of('FATAL:  could not write: No space left on device').message).toMatch(/: the disk is full$/)
    expect(of('Unix-domain socket path "/x" is too long').fix).toContain('--data-dir')
    expect(of('a\nsomething else\n')).toMatchObject({
      message: 'the embedded PostgreSQL did not start: something else',
      fix: expect.stringContaining('/x/server.log'),
    })
  })
})
