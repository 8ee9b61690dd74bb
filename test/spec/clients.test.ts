// Chapter: who asks. One notion of a client for every limit, and what a header may say of it.
import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { SignUp } from '../../dashboard/core/api-alerts.ts'
import { createClients, type TrustedProxies } from '../../dashboard/server/clients.ts'
import type { Dashboard } from '../../dashboard/server/dashboard.ts'
import { CONNECTIONS_PER_ADDRESS } from '../../dashboard/server/security.ts'
import { PER_ADDRESS_AND_HOUR } from '../../dashboard/server/sign-up.ts'
import { createFakeDelivery } from '../fakes/delivery.ts'
import { NO_MAIL } from '../support/no-mail.ts'
import { type Browser, browse, createWorld, NOON_MS, openDashboard, statusOf, type World } from './api-kit.ts'

const [ANN, BOB] = ['203.0.113.9', '198.51.100.7']
const WISHES: SignUp['wishes'] = { alerts: null, report: true, zone: 'UTC' }
const PLACE = { ...NO_MAIL, place: 'a folder' }

let world: World
let dashboard: Dashboard | null = null
const sockets: (WebSocket | Browser)[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await dashboard?.close()
  dashboard = null
})

/** As it runs behind a proxy: every request comes from this machine. */
async function open(trustedProxies?: TrustedProxies): Promise<string> {
  world = createWorld()
  const { subscribers, outbox } = createFakeDelivery()
  const clock = { nowMs: () => NOON_MS, sleep: async () => {} }
  const delivery = { subscribers, outbox, signUp: true, clock, status: async () => PLACE }
  const options = trustedProxies === undefined ? {} : { trustedProxies }
  dashboard = await openDashboard(world, { delivery, options })
  return dashboard.url
}

let asked = 0
async function signUp(url: string, forwardedFor?: string): Promise<number> {
  const forwarded = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  const body = JSON.stringify({ email: `a${asked++}@example.org`, wishes: WISHES })
  const headers = { 'content-type': 'application/json', ...forwarded }
  return (await fetch(`${url}/api/v1/subscriptions`, { method: 'POST', headers, body })).status
}
async function statuses(count: number, ask: (i: number) => Promise<number | undefined>) {
  const answers = []
  for (let i = 0; i < count; i++) answers.push(await ask(i))
  return answers
}
const spoofed = (i: number): string => `10.1.${i >> 8}.${i & 255}`

/** Opens a socket of either kind; false where it is refused. */
function connects(url: string, forwardedFor: string, kind: 'stream' | 'browser'): Promise<boolean> {
  const headers = { 'x-forwarded-for': forwardedFor }
  const opened = (socket: WebSocket | Browser): boolean => sockets.push(socket) > 0
  if (kind === 'browser') return browse(url, headers).then(opened, () => false)
  return new Promise(resolve => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, { headers })
    socket.on('open', () => resolve(opened(socket)))
    socket.on('error', () => resolve(false))
  })
}

test('[A29] without a trusted proxy no header changes who somebody is: a spoofed one escapes no limit', async () => {
  const url = await open()
  const signedUp = await statuses(PER_ADDRESS_AND_HOUR + 1, i => signUp(url, spoofed(i)))
  expect(signedUp).toEqual([...Array(PER_ADDRESS_AND_HOUR).fill(202), 429])
  const exported = await statuses(7, i =>
    statusOf(`${url}/api/v1/export.csv`, { 'x-forwarded-for': spoofed(i) }),
  )
  expect(exported).toEqual([...Array(6).fill(200), 429])
  for (let i = 0; i < CONNECTIONS_PER_ADDRESS; i++) {
    expect(await connects(url, spoofed(i), i % 2 === 0 ? 'stream' : 'browser')).toBe(true)
  }
  expect(await connects(url, ANN, 'stream')).toBe(false)
  expect(await connects(url, ANN, 'browser')).toBe(false)
})

test('[A30] behind a trusted proxy each client has limits of its own, whatever it claims before that', async () => {
  const url = await open(['loopback'])
  const fromAnn = await statuses(PER_ADDRESS_AND_HOUR + 1, i => signUp(url, `${spoofed(i)}, ${ANN}`))
  expect(fromAnn).toEqual([...Array(PER_ADDRESS_AND_HOUR).fill(202), 429])
  expect(await signUp(url, BOB)).toBe(202)
  const exported = await statuses(7, () => statusOf(`${url}/api/v1/export.csv`, { 'x-forwarded-for': ANN }))
  expect(exported).toEqual([...Array(6).fill(200), 429])
  for (let i = 0; i < CONNECTIONS_PER_ADDRESS; i++) {
    expect(await connects(url, `${spoofed(i)}, ${ANN}`, i % 2 === 0 ? 'stream' : 'browser')).toBe(true)
  }
  expect(await connects(url, ANN, 'stream')).toBe(false)
  expect(await connects(url, ANN, 'browser')).toBe(false)
  expect(await connects(url, BOB, 'stream')).toBe(true)
  expect(await connects(url, BOB, 'browser')).toBe(true)
  const status = (await (await fetch(`${url}/api/v1/status`)).json()) as { untrustedProxy: boolean }
  expect(status.untrustedProxy).toBe(false)
  expect(world.telemetry.events.filter(({ name }) => name === 'warn')).toEqual([])
})

test('[A31] a proxy that nobody trusts is told once in the log, and in the status', async () => {
  const url = await open()
  const read = async () => (await (await fetch(`${url}/api/v1/status`)).json()) as object
  expect(await read()).toMatchObject({ untrustedProxy: false })
  for (let i = 0; i < 3; i++) await signUp(url, ANN)
  const warnings = world.telemetry.events.filter(({ name }) => name === 'warn')
  expect(warnings.map(({ event }) => event)).toEqual([
    { message: expect.stringContaining('see the setting trustProxy') },
  ])
  // The status is read anew after a second.
  await world.clock.advance(2_000)
  expect(await read()).toMatchObject({ untrustedProxy: true })
})

test('[A32] tools of this machine are not limited by what a proxy beside them forwards, and no header is one', async () => {
  const url = await open(2)
  expect(await statuses(PER_ADDRESS_AND_HOUR + 5, () => signUp(url))).not.toContain(429)
  // One proxy too many in the setting lets a stranger write the address.
  const claimed = await statuses(PER_ADDRESS_AND_HOUR + 1, () => signUp(url, `127.0.0.1, ${ANN}`))
  expect(claimed.at(-1)).toBe(429)
  expect(await statusOf(`${url}/metrics`, {})).toBe(200)
  expect(await statusOf(`${url}/metrics`, { 'x-forwarded-for': `10.0.0.1, ${ANN}` })).toBe(403)
})

test('[A30] of whatever list, the client is the one that the last trusted proxy saw', () => {
  const request = (peer: string, list: readonly string[]) =>
    ({
      headers: { 'x-forwarded-for': list.join(', ') },
      socket: { remoteAddress: peer },
    }) as unknown as IncomingMessage
  const text = fc.string({ maxLength: 20 }).map(claim => claim.replaceAll(',', ''))
  const claims = fc.array(fc.oneof(text, fc.ipV4(), fc.ipV6()), { maxLength: 5 })
  const hops = fc.integer({ min: 1, max: 4 })
  fc.assert(
    fc.property(claims, fc.array(fc.ipV4(), { minLength: 1, maxLength: 4 }), hops, (lies, seen, proxies) => {
      const own = seen.slice(-proxies)
      // As many proxies as are trusted wrote the end of the list; the client wrote the rest.
      const asked = request('127.0.0.1', [...(own.length < proxies ? [] : lies), ...own])
      expect(createClients(proxies, () => {}).addressOf(asked)).toBe(own[0])
      expect(createClients(0, () => {}).addressOf(asked)).toBe('127.0.0.1')
      const named = request('10.0.0.1', [...lies, '203.0.113.9', '10.7.7.7'])
      expect(createClients(['10.0.0.0/8'], () => {}).addressOf(named)).toBe('203.0.113.9')
    }),
  )
})
