// Several processes on one embedded server: started once, used by all, stopped by the last.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const PROCESSES = 4
const root = mkdtempSync(join(tmpdir(), 'bct-together-'))
chmodSync(root, 0o755)
const dataDir = join(root, 'data')
/** Starts or adopts the server, says so, and stops when its input ends. */
const CHILD = `
import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../../infra/postgres/embedded.ts', import.meta.url).href)}
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] })
console.log(server.adopted ? 'adopted' : 'started')
process.stdin.on('end', async () => {
  await server.stop()
  process.exit(0)
})
process.stdin.resume()
`

function start(script: string): ChildProcess {
  const loader = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href
  return spawn(process.execPath, ['--import', loader, script, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

const said = async (child: ChildProcess): Promise<string> =>
  String((await once(child.stdout!, 'data'))[0]).trim()

async function serverPid(): Promise<number | null> {
  const text = await readFile(join(dataDir, 'cluster/postmaster.pid'), 'utf8').catch(() => null)
  return text === null ? null : Number.parseInt(text, 10)
}

afterAll(() => rm(root, { recursive: true, force: true }))

it('[S19] of processes that begin together one starts the server; it outlives that one, not the last', async () => {
  const script = join(root, 'child.mts')
  await writeFile(script, CHILD)
  const children = Array.from({ length: PROCESSES }, () => start(script))
  const words = await Promise.all(children.map(said))
  expect(words.toSorted()).toEqual([...Array.from({ length: PROCESSES - 1 }, () => 'adopted'), 'started'])
  const pid = await serverPid()
  expect(pid).not.toBeNull()
  const starter = children[words.indexOf('started')]!
  starter.kill('SIGKILL')
  await once(starter, 'exit')
  const late = start(script)
  expect(await said(late)).toBe('adopted')
  expect(await serverPid()).toBe(pid)
  const rest = [...children.filter(child => child !== starter), late]
  const exits = rest.map(child => once(child, 'exit'))
  for (const child of rest) child.stdin!.end()
  expect((await Promise.all(exits)).map(([code]) => code)).toEqual(rest.map(() => 0))
  expect(await serverPid()).toBeNull()
  expect((await readdir(dataDir)).filter(name => name === 'start.lock')).toEqual([])
})
