// Mail by SMTP: one connection for each letter, TLS wherever there is any.
import { createTransport, type TransportConfig } from 'nodemailer'
import { type Letter, type Mailer, type MailResult, OutageError } from '../ports.ts'
import { isLoopback } from '../runtime/loopback.ts'
import { meaningOf, type SmtpTrouble } from './answers.ts'
import { type DkimKey, signed } from './dkim.ts'
import { isMailAddress, mimeOf, parseSender } from './mime.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587`, or `smtps://…` for TLS from the first byte. */
  readonly url: string
  /** `Name <address>`, or an address alone. */
  readonly from: string
  /** Null or absent: letters are not signed. */
  readonly dkim?: DkimKey | null
  /** For the whole of one letter. Default: two minutes. */
  readonly timeoutMs?: number
}

const SUBMISSION_PORT = 587
const SUBMISSIONS_PORT = 465
const CONNECT_TIMEOUT_MS = 15_000
/** Servers may think before they answer: RFC 5321 allows minutes, practice seconds. */
const SILENCE_TIMEOUT_MS = 60_000
const LETTER_TIMEOUT_MS = 120_000
/** What common servers take, and more than a report with its attachments by far. */
export const MAX_LETTER_BYTES = 20_000_000

export interface SmtpPlace {
  /** `smtp://host:587`: without user and password. */
  readonly place: string
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** No login without TLS. */
  readonly requireTLS: boolean
  /** Whether a certificate must be good. */
  readonly verify: boolean
  readonly auth: { readonly user: string; readonly pass: string } | null
}

/**
 * Reads the URL. A password goes over TLS with a good certificate, or to this machine. Without a password,
 * `smtp://` takes the TLS that the server offers, whatever its certificate: the alternative is none at all.
 */
export function smtpPlace(text: string): SmtpPlace {
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (secure ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(url.port)
  const auth =
    url.username === ''
      ? null
      : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
  const hasSecret = auth !== null && !isLoopback(host)
  return {
    place: `${url.protocol}//${url.hostname}:${port}`,
    host,
    port,
    secure,
    requireTLS: hasSecret && !secure,
    verify: secure || hasSecret,
    auth,
  }
}

function transportOptions({ host, port, secure, requireTLS, verify, auth }: SmtpPlace): TransportConfig {
  return {
    host,
    port,
    secure,
    requireTLS,
    tls: { rejectUnauthorized: verify, minVersion: 'TLSv1.2' },
    ...(auth === null ? {} : { auth: { user: auth.user, pass: auth.pass } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
  }
}

/** See `Mailer`. Letters that are sent side by side have a connection each. */
export function createSmtpMailer(options: SmtpOptions): Mailer {
  const { timeoutMs = LETTER_TIMEOUT_MS } = options
  const sender = parseSender(options.from)
  const at = smtpPlace(options.url)
  const transport = createTransport(transportOptions(at))
  const closing = new AbortController()

  async function deliver(letter: Letter, raw: Buffer, signal: AbortSignal): Promise<MailResult> {
    const bound = AbortSignal.timeout(timeoutMs)
    const stop = AbortSignal.any([signal, closing.signal, bound])
    try {
      await transport.sendMail({ envelope: { from: sender.address, to: letter.to }, raw, signal: stop })
      return { kind: 'accepted' }
    } catch (error) {
      signal.throwIfAborted()
      closing.signal.throwIfAborted()
      if (bound.aborted) throw new OutageError('smtp-timeout', 'the mail server took too long')
      return meaningOf(error as SmtpTrouble)
    }
  }

  return {
    place: at.place,
    isReal: true,
    async send(letter, signal) {
      signal.throwIfAborted()
      closing.signal.throwIfAborted()
      if (!isMailAddress(letter.to)) {
        return { kind: 'refused', what: 'address', answer: 'not an e-mail address' }
      }
      const raw = await signed(await mimeOf(letter, sender), options.dkim ?? null)
      if (raw.length > MAX_LETTER_BYTES) {
        return { kind: 'refused', what: 'message', answer: `larger than ${MAX_LETTER_BYTES} bytes` }
      }
      return deliver(letter, raw, signal)
    },
    async close() {
      closing.abort(new Error('this mailer is closed'))
      transport.close()
    },
  }
}

/**
 * Greets the server, takes TLS and logs in as a letter would; sends nothing. Rejects with `OutageError` where
 * it is away, with what it said where it refuses.
 */
export async function greetSmtp(url: string): Promise<void> {
  const transport = createTransport(transportOptions(smtpPlace(url)))
  try {
    await transport.verify()
  } catch (error) {
    const meaning = meaningOf(error as SmtpTrouble)
    throw new Error(meaning.kind === 'refused' ? meaning.answer : String(error), { cause: error })
  } finally {
    transport.close()
  }
}
