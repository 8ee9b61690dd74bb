// The port of operators: health and measurements of any process.
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../infra/system/clock.ts'
import { type OpsServer, startOpsServer } from '../../infra/system/ops-server.ts'
import { createTelemetry } from '../../infra/system/telemetry.ts'

describe('the port of operators', () => {
  let server: OpsServer | null = null
  afterEach(() => server?.close())
  const start = async (metricsText: () => Promise<string>) => {
    server = await startOpsServer({ host: '127.0.0.1', port: 0, metricsText })
    return server.url
  }

  it('[C23] says that the process lives and what it counts, and nothing else', async () => {
    const system = createTelemetry({ level: 'silent', pretty: false, clock: systemClock })
    const url = await start(system.metricsText)
    system.telemetry.feedOutage({ code: '503', retryInMs: 1 })
    const health = await fetch(`${url}/healthz`)
    expect([health.status, await health.json()]).toEqual([200, { alive: true }])
    const metrics = await fetch(`${url}/metrics`)
    expect(metrics.headers.get('content-type')).toMatch('text/plain; version=0.0.4')
    expect(await metrics.text()).toMatch(/^bct_outages_total\{.*code="503".*\} 1$/m)
    expect((await fetch(`${url}/`)).status).toBe(404)
    expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(405)
  })

  it('[C23] lives on where the measurements fail', async () => {
    const url = await start(() => Promise.reject(new Error('no')))
    expect((await fetch(`${url}/metrics`)).status).toBe(500)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('[C23] refuses a port that is taken, by its code', async () => {
    const { port } = new URL(await start(async () => ''))
    const second = startOpsServer({ host: '127.0.0.1', port: Number(port), metricsText: async () => '' })
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
