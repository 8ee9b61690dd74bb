// Answers of the simulated site, whole or spoilt by a fault.

import type { FaultRule } from './core/faults.ts'
import { CHALLENGE_PAGE } from './core/pages.ts'

const RETRY_AFTER_SECONDS = 3
const HUGE_BYTES = 48 * 1024 * 1024
/** A truncated answer ends after this part of it. */
const TRUNCATED_PART = 0.6

/** An answer as the server sends it. */
export interface Answer {
  readonly kind: 'answer'
  readonly status: number
  readonly contentType: string
  /** For the header Retry-After; null where there is none. */
  readonly retryAfterSeconds: number | null
  readonly text: string
}
export type Reply = Answer | { readonly kind: 'hang' }

export const JSON_TYPE = 'application/json; charset=utf-8'
export const HTML_TYPE = 'text/html; charset=utf-8'

export function answer(status: number, contentType: string, text: string): Answer {
  return { kind: 'answer', status, contentType, retryAfterSeconds: null, text }
}

/** What a fault makes of a whole answer. */
export function spoilt(rule: FaultRule | null, good: () => Answer): Reply {
  switch (rule?.kind) {
    case 'rate-limited':
      return {
        ...answer(429, HTML_TYPE, '<h1>Too Many Requests</h1>'),
        retryAfterSeconds: rule.retryAfterSeconds ?? RETRY_AFTER_SECONDS,
      }
    case 'server-error':
      return answer(503, HTML_TYPE, '<h1>Error 503 Backend fetch failed</h1>')
    case 'hang':
      return { kind: 'hang' }
    case 'challenge':
      return answer(200, HTML_TYPE, CHALLENGE_PAGE)
    case 'truncated': {
      const whole = good()
      return { ...whole, text: whole.text.slice(0, Math.floor(whole.text.length * TRUNCATED_PART)) }
    }
    case 'huge': {
      const whole = good()
      const padding = `"padding":"${'x'.repeat(rule.bytes ?? HUGE_BYTES)}",`
      return { ...whole, text: whole.text.replace('{', () => `{${padding}`) }
    }
    default:
      return good()
  }
}
