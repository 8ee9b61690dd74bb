// A server that speaks S3, for tests, and ways in which it may fail.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createS3Archive, type S3Archive, type S3ArchiveOptions } from '../../infra/s3/archive.ts'

// The emulator knows one user, and nobody is to be asked for credentials over the network.
process.env.AWS_ACCESS_KEY_ID ??= 'S3RVER'
process.env.AWS_SECRET_ACCESS_KEY ??= 'S3RVER'
process.env.AWS_EC2_METADATA_DISABLED = 'true'
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' }

export const TEST_BUCKET = 'reports'

interface Emulator {
  run(): Promise<AddressInfo>
  close(): Promise<void>
}

/** What the server makes of a request: nothing unusual, an answer of its own, no answer, or a broken one. */
export type S3Fate = 'serve' | 'unavailable' | 'drop' | 'silent' | 'serve-and-drop' | 'denied'

export interface S3World {
  readonly endpoint: string
  open(over?: Partial<S3ArchiveOptions>): S3Archive
  /** Decides for every request from now on. */
  fate(next: (request: { readonly method: string; readonly path: string }) => S3Fate): void
  /** Requests that reached the server. */
  readonly requests: readonly string[]
  stop(): Promise<void>
}

export async function startS3World(): Promise<S3World> {
  const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => Emulator
  const directory = await mkdtemp(join(tmpdir(), 'bct-s3-'))
  const options = { address: '127.0.0.1', port: 0, silent: true, directory }
  const emulator = new S3rver({ ...options, configureBuckets: [{ name: TEST_BUCKET, configs: [] }] })
  const { port } = await emulator.run()
  Object.assign(process.env, CREDENTIALS)
  const requests: string[] = []
  let fate: (request: { readonly method: string; readonly path: string }) => S3Fate = () => 'serve'
  const proxy = createProxy(port, requests, request => fate(request))
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const archives: S3Archive[] = []
  return {
    endpoint,
    requests,
    fate(next) {
      fate = next
    },
    open(over = {}) {
      const place = { bucket: TEST_BUCKET, prefix: 'of/tests', region: null, endpoint }
      const archive = createS3Archive({ ...place, ...over })
      archives.push(archive)
      return archive
    },
    async stop() {
      for (const archive of archives) archive.close()
      proxy.closeAllConnections()
      await new Promise(resolve => proxy.close(resolve))
      await emulator.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function createProxy(
  port: number,
  requests: string[],
  fateOf: (request: { readonly method: string; readonly path: string }) => S3Fate,
): Server {
  const xml = (code: string) =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
  return createServer(async (request, response) => {
    const { method = 'GET', url: path = '/' } = request
    requests.push(`${method} ${path}`)
    const body: Buffer[] = []
    for await (const piece of request) body.push(piece as Buffer)
    const what = fateOf({ method, path })
    if (what === 'silent') return
    if (what === 'drop') return void request.socket.destroy()
    if (what === 'unavailable') return void response.writeHead(503).end(xml('SlowDown'))
    if (what === 'denied') return void response.writeHead(403).end(xml('AccessDenied'))
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === 'string' && !/^(connection|content-length|expect|transfer-encoding)$/.test(name)) {
        headers.set(name, value)
      }
    }
    const content = body.length === 0 ? {} : { body: Buffer.concat(body) }
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...content })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (what === 'serve-and-drop') return void request.socket.destroy()
    const told = Object.fromEntries(
      [...answer.headers].filter(
        ([name]) => !/^(connection|transfer-encoding|keep-alive|content-encoding)$/.test(name),
      ),
    )
    response.writeHead(answer.status, told).end(bytes)
  })
}
