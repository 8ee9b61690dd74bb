// A local HTTP server that stands for the whole web: fetchers believe they speak TLS to a public address.
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Agent, type Dispatcher } from 'undici'

interface Pin {
  readonly address: string
  readonly family: 4 | 6
}

export interface LocalWeb {
  readonly port: number
  /** Every address that a connection was opened to, in order. */
  readonly connectedTo: readonly string[]
  /** Paths with hosts as asked for, in order. */
  readonly asked: readonly string[]
  /** Connects to this server, whatever the pins say, and writes the pins down. */
  dispatcherFor(pins: readonly Pin[]): Dispatcher
  close(): Promise<void>
}

export async function createLocalWeb(handler: RequestListener): Promise<LocalWeb> {
  const connectedTo: string[] = []
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    asked.push(`${request.headers.host}${request.url}`)
    handler(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    connectedTo,
    asked,
    dispatcherFor: pins =>
      new Agent({
        connect: (_options, callback) => {
          connectedTo.push(...pins.map(pin => pin.address))
          const socket = connect(port, '127.0.0.1', () => callback(null, socket))
          socket.once('error', error => callback(error, null))
        },
      }),
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
