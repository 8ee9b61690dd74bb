// A real mail server for tests: takes letters, or refuses, delays and drops them as a test says.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { pause } from '../../infra/runtime/pause.ts'

/**
 * Where in a delivery the server speaks: `ready` is its word that the letter may come, `data` amid the
 * letter, `dot` behind its last line.
 */
export type SmtpStep = 'connect' | 'auth' | 'mail' | 'rcpt' | 'ready' | 'data' | 'dot'

/**
 * A refusal with its code, a word that comes late, a connection that ends without one, or silence until the
 * server stops.
 */
export type SmtpFault =
  | { readonly code: number; readonly says: string }
  | { readonly lateMs: number }
  | 'drop'
  | 'hang'

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: Buffer
}

export interface SmtpServerOptions {
  /** TLS from the first byte. */
  readonly secure?: boolean
  /** No STARTTLS. */
  readonly plain?: boolean
  /** The one login that is taken; without it none is asked for. */
  readonly login?: { readonly user: string; readonly pass: string }
}

export interface TestSmtpServer {
  readonly port: number
  readonly url: string
  /** Every letter that was there whole, answered or not, in order. */
  readonly received: readonly ReceivedMail[]
  /** How often a delivery began. */
  readonly connections: number
  /** Whether the last letter came over TLS. */
  readonly lastWasSecure: boolean
  /** Decides what happens from now on; null takes it. `to` is known from `rcpt` on. */
  behave(fault: (step: SmtpStep, to: string) => SmtpFault | null): void
  stop(): Promise<void>
}

export const parseMail = (raw: Uint8Array): Promise<Email> => PostalMime.parse(raw)

type Done = (error?: Error | null) => void

const isLate = (what: SmtpFault | null): what is { readonly lateMs: number } =>
  typeof what === 'object' && what !== null && 'lateMs' in what

const refusal = ({ code, says }: { readonly code: number; readonly says: string }): Error =>
  Object.assign(new Error(says), { responseCode: code })

/** On the loopback, on a port of its own. Ends whatever hangs when it stops. */
export async function startSmtpServer(options: SmtpServerOptions = {}): Promise<TestSmtpServer> {
  const { secure = false, plain = false, login } = options
  const received: ReceivedMail[] = []
  let connections = 0
  let lastWasSecure = false
  let fault: (step: SmtpStep, to: string) => SmtpFault | null = () => null

  /** The topmost socket: Node does not survive a TLS socket whose ground is pulled away. */
  function drop(id?: string): void {
    for (const connection of server.connections) {
      if (id === undefined || connection.session.id === id) connection._socket.destroy()
    }
  }

  const stopping = new AbortController()
  function later({ lateMs }: { readonly lateMs: number }, go: () => void): void {
    void pause(lateMs, stopping.signal).then(() => {
      if (!stopping.signal.aborted) go()
    })
  }

  /** The word that the letter may come is the library's own: it is held on its way out. */
  function holdReady(id: string): void {
    const connection = [...server.connections].find(({ session }) => session.id === id)
    if (connection === undefined) return
    const send = connection.send.bind(connection)
    connection.send = (code, ...rest) => {
      const what =
        code === 354 ? fault('ready', connection.session.envelope.rcptTo.at(-1)?.address ?? '') : null
      if (what === 'hang') return
      if (isLate(what)) later(what, () => send(code, ...rest))
      else send(code, ...rest)
    }
  }

  /** Goes on, at once or late, refuses, drops or hangs at a step. */
  function at(step: SmtpStep, session: SMTPServerSession, done: Done): void {
    const to = session.envelope?.rcptTo.at(-1)?.address ?? ''
    const what = fault(step, to)
    if (what === 'hang') return
    if (what === 'drop') drop(session.id)
    else if (isLate(what)) later(what, done)
    else if (what !== null) done(refusal(what))
    else done()
  }

  const handlers: SMTPServerOptions = {
    onConnect(session, done) {
      connections++
      holdReady(session.id)
      at('connect', session, done)
    },
    onAuth(auth, session, done) {
      const isGood = auth.username === login?.user && auth.password === login?.pass
      at('auth', session, error => {
        if (error) done(error)
        else if (isGood) done(null, { user: auth.username ?? '' })
        else done(refusal({ code: 535, says: '5.7.8 bad user or password' }))
      })
    },
    onMailFrom: (_address, session, done) => at('mail', session, done),
    onRcptTo(address, session, done) {
      const envelope = { ...session.envelope, rcptTo: [...session.envelope.rcptTo, address] }
      at('rcpt', { ...session, envelope }, done)
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      const what = fault('data', session.envelope.rcptTo.at(-1)?.address ?? '')
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (what === 'drop') drop(session.id)
      })
      stream.on('end', () => {
        if (what === 'drop' || what === 'hang') return
        if (what !== null && !isLate(what)) return done(refusal(what))
        const { mailFrom, rcptTo } = session.envelope
        lastWasSecure = session.secure
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(each => each.address),
          raw: Buffer.concat(chunks),
        })
        at('dot', session, done)
      })
    },
  }
  const server = new SMTPServer({
    ...handlers,
    secure,
    hideSTARTTLS: plain,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disabledCommands: [...(plain ? ['STARTTLS'] : []), ...(login === undefined ? ['AUTH'] : [])],
    disableReverseLookup: true,
    logger: false,
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo

  return {
    port,
    url: `${secure ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    received,
    get connections() {
      return connections
    },
    get lastWasSecure() {
      return lastWasSecure
    },
    behave(next) {
      fault = next
    },
    async stop() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      stopping.abort()
      drop()
      await closed
    },
  }
}
