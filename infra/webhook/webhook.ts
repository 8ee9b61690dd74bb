// Posts to the operator's webhook, signed as standardwebhooks.com says.
import { createHmac } from 'node:crypto'
import { type MailResult, OutageError, type Webhook } from '../ports.ts'
import { retryAfterMs } from '../runtime/retry-after.ts'

export interface WebhookOptions {
  /** http or https. Never shown: it may hold a secret of its own. */
  readonly url: string
  /** `whsec_` and base64, as the configuration has checked. */
  readonly secret: string
  /** For the whole of one post. Default: 15 seconds, as the standard asks for. */
  readonly timeoutMs?: number
}

const POST_TIMEOUT_MS = 15_000
/** Of an answer, enough to know why. */
const MAX_ANSWER_CHARS = 300
/** Refusals that may go better later: time-out, too early, too many. */
const LATER = new Set([408, 425, 429])
const GONE = 410

function signature(secret: string, signed: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}

/** The beginning of an answer's body, in one line; nothing where it breaks off. */
async function beginning(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    while (reader !== undefined && text.length < MAX_ANSWER_CHARS) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    await reader?.cancel()
  } catch {
    // The status has said it already.
  }
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, MAX_ANSWER_CHARS)
}

/** 2xx took it; 5xx and a few others may do so later; everything else, redirects too, never will. */
async function resultOf(response: Response, atMs: number): Promise<MailResult> {
  const { status } = response
  const answer = `${status} ${await beginning(response)}`.trim()
  if (response.ok) return { kind: 'accepted' }
  if (status >= 500 || LATER.has(status)) {
    const wait = retryAfterMs(response.headers.get('retry-after'), atMs)
    throw new OutageError(`webhook-${status}`, `the webhook: ${answer}`, { retryAfterMs: wait })
  }
  return { kind: 'refused', what: status === GONE ? 'address' : 'message', answer }
}

/** See `Webhook`. No redirect is followed: a signed body goes where the configuration says, only there. */
export function createWebhook({ url, secret, timeoutMs = POST_TIMEOUT_MS }: WebhookOptions): Webhook {
  return {
    async post(id, atMs, body, signal) {
      const text = JSON.stringify(body)
      const timestamp = String(Math.floor(atMs / 1_000))
      const bound = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      let response: Response
      try {
        response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'user-agent': 'bandcamp-tracker',
            'webhook-id': id,
            'webhook-timestamp': timestamp,
            'webhook-signature': signature(secret, `${id}.${timestamp}.${text}`),
          },
          body: text,
          redirect: 'manual',
          signal: bound,
        })
      } catch (error) {
        signal.throwIfAborted()
        const code = bound.aborted ? 'timeout' : networkCode(error)
        throw new OutageError(`webhook-${code}`, `the webhook does not answer (${code})`, { cause: error })
      }
      return resultOf(response, atMs)
    },
  }
}

/** `econnrefused`, … of what `fetch` hides in the cause. */
function networkCode(error: unknown): string {
  const cause = (error as { readonly cause?: { readonly code?: unknown } }).cause
  return typeof cause?.code === 'string' ? cause.code.toLowerCase() : 'network'
}
