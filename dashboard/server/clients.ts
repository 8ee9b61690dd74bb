// Who a request comes from: the other end of the socket, or what a proxy that is trusted says of it.
import type { IncomingMessage } from 'node:http'
import { ipKeyGenerator } from 'express-rate-limit'
import proxyAddress from 'proxy-addr'

/** How many proxies stand before us, or their addresses, as `10.0.0.0/8` or `loopback`; none: 0 or []. */
export type TrustedProxies = number | readonly string[]

/** A proxy names whom it speaks for in one of them. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const

/** The one notion of a client's address: of every limit, of HTTP and of sockets. */
export interface Clients {
  /** For `trust proxy` of express. */
  readonly trust: (address: string, hop: number) => boolean
  addressOf(req: IncomingMessage): string
  /** What is counted together: a client, or this machine's own tools. */
  keyOf(req: IncomingMessage): string
  /** True where a proxy speaks for somebody, trusted or not. */
  isForwarded(req: IncomingMessage): boolean
  /** True for this machine's own tools. */
  isLocal(req: IncomingMessage): boolean
  /** True once a request was forwarded though no proxy is trusted: all of its visitors count as one. */
  sawUntrustedProxy(): boolean
}

function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(address)
}

function trustOf(proxies: TrustedProxies): Clients['trust'] {
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies
  return proxies.length === 0 ? () => false : proxyAddress.compile([...proxies])
}

/** `onUntrustedProxy` is called once, at the first forwarded request where no proxy is trusted. */
/** How every limit of express knows whom it counts. */
export const byClient = (clients: Clients) => ({
  keyGenerator: (req: IncomingMessage) => clients.keyOf(req),
  // `Clients` tells of proxies that nobody trusts.
  validate: { xForwardedForHeader: false, forwardedHeader: false },
})

export function createClients(proxies: TrustedProxies, onUntrustedProxy: () => void): Clients {
  const trust = trustOf(proxies)
  const trustsNobody = proxies === 0 || (typeof proxies !== 'number' && proxies.length === 0)
  let saw = false

  function isForwarded({ headers }: IncomingMessage): boolean {
    const is = FORWARDED.some(name => headers[name] !== undefined)
    if (is && trustsNobody && !saw) {
      saw = true
      onUntrustedProxy()
    }
    return is
  }
  const addressOf = (req: IncomingMessage): string => proxyAddress(req, trust) ?? ''
  // What a header says is never this machine: a proxy too many in the setting lets anybody write it.
  const isLocal = (req: IncomingMessage): boolean =>
    !isForwarded(req) && isLoopback(req.socket.remoteAddress ?? '')
  return {
    trust,
    addressOf,
    // Of IPv6 the /56 that one customer of a provider has.
    keyOf: req => (isLocal(req) ? 'local' : ipKeyGenerator(addressOf(req))),
    isForwarded,
    isLocal,
    sawUntrustedProxy: () => saw,
  }
}
