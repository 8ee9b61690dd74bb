// For operators of a process that has no dashboard, or beside it: is it alive, and what does it measure.
import { createServer, type RequestListener } from 'node:http'

export interface OpsServerOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Prometheus text format. */
  readonly metricsText: () => Promise<string>
}

export interface OpsServer {
  readonly url: string
  close(): Promise<void>
}

/** `/healthz` says that the process still turns; `/metrics` what it counts. Nothing else is there. */
function answer(metricsText: OpsServerOptions['metricsText']): RequestListener {
  return async (request, response) => {
    response.setHeader('cache-control', 'no-store')
    if (request.method !== 'GET') return void response.writeHead(405).end()
    if (request.url === '/healthz') {
      return void response.setHeader('content-type', 'application/json').end('{"alive":true}\n')
    }
    if (request.url !== '/metrics') return void response.writeHead(404).end()
    try {
      const text = await metricsText()
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(text)
    } catch {
      response.writeHead(500).end()
    }
  }
}

/** Resolves when it listens; rejects with Node's error where it cannot, as `EADDRINUSE`. */
export function startOpsServer({ host, port, metricsText }: OpsServerOptions): Promise<OpsServer> {
  const server = createServer(answer(metricsText))
  return new Promise((listening, failed) => {
    server.once('error', failed)
    server.listen(port, host, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      listening({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
        close: () =>
          new Promise(closed => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}
