// Who may talk to the dashboard, and what its pages may load.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Clients } from './clients.ts'

/** A reader has a few tabs; a newsroom behind one address has a few dozen readers. */
export const CONNECTIONS_PER_ADDRESS = 60
/** Measurements and other processes of this machine open many. */
const CONNECTIONS_FROM_LOOPBACK = 5_000

/** `host[:port]` of the request, or null where it is not one that may be repeated in a header. */
export function hostOf(req: IncomingMessage): string | null {
  const host = req.headers.host ?? ''
  return /^[a-z0-9.-]{1,253}(:\d{1,5})?$|^\[[0-9a-f:.]{2,45}\](:\d{1,5})?$/i.test(host) ? host : null
}

/** The policy's sources; scripts and styles only from files of our own, nothing inline. */
export function contentSecurityPolicy(req: IncomingMessage): Record<string, string[]> {
  const host = hostOf(req)
  return {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'https://f4.bcbits.com', 'data:'],
    // 'self' covers ws: in today's browsers; older ones want it in words.
    connectSrc: ["'self'", ...(host === null ? [] : [`ws://${host}`, `wss://${host}`])],
    frameSrc: ['https://bandcamp.com'],
    fontSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'self'"],
  }
}

/** `localhost` and literal addresses cannot be pointed elsewhere by a name server. */
function isFixedHost(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}

/**
 * Browsers say where a page comes from; a foreign page gets no socket. No Origin at all is a script: allowed.
 * Our own page is known by the list, or by an Origin that equals the Host where neither is a name: a foreign
 * name could be pointed at this machine.
 */
export function isOriginAllowed(req: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { origin } = req.headers
  if (origin === undefined || allowedOrigins.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  const { protocol, host, hostname } = new URL(origin)
  return /^https?:$/.test(protocol) && isFixedHost(hostname) && host === hostOf(req)?.toLowerCase()
}

/**
 * For what a browser may not be made to send by a foreign page. Our own forms have no Origin to tell (their
 * pages give no referrer), and the browser vouches for them; scripts say neither.
 */
export function isOwnPage(req: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { origin, 'sec-fetch-site': site } = req.headers
  if (origin === 'null') return site === 'same-origin'
  if (!isOriginAllowed(req, allowedOrigins)) return false
  return origin !== undefined || site === undefined || site === 'same-origin' || site === 'none'
}

export interface Connections {
  /** False where the client has as many as it may. */
  hasRoom(req: IncomingMessage): boolean
  /** Counts one; returns how to stop counting it (idempotent). */
  open(req: IncomingMessage): () => void
}

export function createConnections(clients: Clients): Connections {
  const counts = new Map<string, number>()
  return {
    hasRoom(req) {
      const most = clients.isLocal(req) ? CONNECTIONS_FROM_LOOPBACK : CONNECTIONS_PER_ADDRESS
      return (counts.get(clients.keyOf(req)) ?? 0) < most
    },
    open(req) {
      const address = clients.keyOf(req)
      counts.set(address, (counts.get(address) ?? 0) + 1)
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        const left = counts.get(address)! - 1
        if (left === 0) counts.delete(address)
        else counts.set(address, left)
      }
    },
  }
}
