// The one door for sockets of both kinds: foreign origins and too many connections get no further.
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Telemetry } from '../../infra/ports.ts'
import { BadRequest } from './params.ts'
import { type Connections, isOriginAllowed } from './security.ts'
import { STREAM_PATH, type Stream } from './stream.ts'

function refuse(socket: Duplex, status: string, message: string): void {
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`)
}

export interface Upgrades {
  readonly http: Server
  readonly stream: Stream
  readonly connections: Connections
  readonly allowedOrigins: readonly string[]
  readonly telemetry: Telemetry
}

/** To be called after socket.io was attached: takes its listener over. */
export function guardUpgrades({ http, stream, connections, allowedOrigins, telemetry }: Upgrades): void {
  const [toSocketIo] = http.listeners('upgrade') as ((q: IncomingMessage, s: Duplex, h: Buffer) => void)[]
  http.removeAllListeners('upgrade')
  http.on('upgrade', (req, socket, head) => {
    socket.on('error', () => socket.destroy())
    const path = (req.url ?? '/').split('?', 1)[0]
    if (!isOriginAllowed(req, allowedOrigins)) {
      telemetry.warn('dashboard: a foreign page was refused a socket; see the setting allowedOrigins')
      return refuse(socket, '403 Forbidden', 'This origin is not allowed.')
    }
    if (!connections.hasRoom(req)) {
      return refuse(socket, '429 Too Many Requests', 'Your address has as many connections as it may have.')
    }
    if (path === STREAM_PATH) {
      stream.upgrade(req, socket, head).catch((error: unknown) => {
        if (error instanceof BadRequest) return refuse(socket, '400 Bad Request', error.message)
        telemetry.warn('dashboard: a stream could not begin', { err: error })
        refuse(socket, '503 Service Unavailable', 'Try again in a few seconds.')
      })
    } else if (path?.startsWith('/socket.io/') && toSocketIo !== undefined) {
      toSocketIo(req, socket, head)
    } else {
      refuse(socket, '404 Not Found', `Sockets are at /socket.io/ and ${STREAM_PATH}.`)
    }
  })
}
