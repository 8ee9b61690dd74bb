// Chapter: signing up. Whoever asks hears the same, and only the owner of the address can go on.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SignUp, signUpAnswerSchema } from '../../dashboard/core/api-alerts.ts'
import { createClients } from '../../dashboard/server/clients.ts'
import type { Dashboard, Delivery } from '../../dashboard/server/dashboard.ts'
import { problemHandler } from '../../dashboard/server/problems.ts'
import {
  ANSWER_AFTER_MS,
  CONFIRMS_A_DAY,
  PER_ADDRESS_AND_HOUR,
  signUpRouter,
  TOGETHER_PER_HOUR,
} from '../../dashboard/server/sign-up.ts'
import { OutageError } from '../../infra/ports.ts'
import { messageId } from '../../infra/runtime/outbox-message.ts'
import { normaliseTag } from '../../producers/core/text.ts'
import { DAY_MS } from '../../schemas/time.ts'
import { isFollowable, spellKey } from '../../schemas/wishes-schema.ts'
import { createFakeClock, type FakeClock } from '../fakes/clock.ts'
import { createFakeDelivery, type FakeDelivery } from '../fakes/delivery.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { NO_MAIL } from '../support/no-mail.ts'
import { createWorld, NOON_MS, openDashboard } from './api-kit.ts'

const WISHES: SignUp['wishes'] = {
  alerts: {
    interest: {
      keys: ['genre:techno', 'tag:dub-techno'],
      kinds: ['rise', 'emerging'],
      minSeverity: 'notable',
    },
    frequency: 'daily',
  },
  report: true,
  zone: 'Europe/Berlin',
}
const PLACE = { ...NO_MAIL, place: 'a folder' }

let fake: FakeDelivery
let clock: FakeClock
let dashboard: Dashboard | null = null
let server: Server | null = null

beforeEach(() => {
  fake = createFakeDelivery()
  clock = createFakeClock(NOON_MS)
})
afterEach(async () => {
  await dashboard?.close()
  dashboard = null
  server?.closeAllConnections()
  server?.close()
  server = null
})

/** The machine's clock; nobody has to wait for an answer but where a test looks at just that. */
const deliveryOf = (change: Partial<Delivery> = {}): Delivery => ({
  ...{ subscribers: fake.subscribers, outbox: fake.outbox, signUp: true, status: async () => PLACE },
  clock: { nowMs: () => clock.nowMs(), sleep: async () => {} },
  ...change,
})
async function open(change: Partial<Delivery> = {}, allowedOrigins: readonly string[] = []): Promise<void> {
  const options = { allowedOrigins: [...allowedOrigins] }
  dashboard = await openDashboard(createWorld(), { delivery: deliveryOf(change), options })
}

const FORM = 'application/x-www-form-urlencoded'
function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? FORM : 'application/json'
  const url = `${dashboard!.url}/api/v1/subscriptions`
  return fetch(url, { method: 'POST', body: text, headers: { 'content-type': type, ...headers } })
}
const ask = (email: string, wishes: unknown = WISHES): Promise<Response> => post({ email, wishes })
const posted = async () =>
  (await fake.outbox.messages(10_000)).map(({ recipient, content }) => [recipient, content.kind])

/** All of an answer but its date. */
async function bytesOf(response: Response): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => name !== 'date' && !name.startsWith('ratelimit'))
  return [response.status, headers, await response.text()]
}

describe('an answer', () => {
  test('[N60] is the same, byte for byte, for an address that is new, pending, active, bounced, or left', async () => {
    const { subscribers } = fake
    const wishes = { alerts: null, report: true, zone: 'UTC' }
    await subscribers.request('pending@example.org', wishes, NOON_MS)
    await subscribers.add('active@example.org', wishes, NOON_MS)
    await subscribers.add('bounced@example.org', wishes, NOON_MS)
    const bounced = (await subscribers.subscribers()).find(one => one.email.startsWith('bounced'))!
    for (let i = 0; i < 3; i++) await subscribers.bounced(bounced.id, NOON_MS)
    await subscribers.add('left@example.org', wishes, NOON_MS)
    await subscribers.remove('left@example.org', NOON_MS)
    await open()
    const answers = []
    for (const name of ['new', 'pending', 'active', 'bounced', 'left']) {
      answers.push(await bytesOf(await ask(`${name}@example.org`)))
    }
    expect(answers).toEqual(Array(5).fill(answers[0]))
    expect(JSON.stringify(answers)).not.toContain('example')
  })

  test('[N61] comes no sooner for one address than for another: the store’s pace does not show', async () => {
    await fake.subscribers.add('active@example.org', { alerts: null, report: true, zone: 'UTC' }, NOON_MS)
    await open({ clock })
    for (const name of ['active', 'new']) {
      let answered = false
      const before = clock.sleeping()
      const answer = ask(`${name}@example.org`).then(response => {
        answered = true
        return response.status
      })
      await clock.whenSleeping(before + 1)
      expect([name, clock.nextWakeInMs()]).toEqual([name, ANSWER_AFTER_MS])
      await clock.advance(ANSWER_AFTER_MS - 1)
      expect([name, answered]).toEqual([name, false])
      await clock.advance(1)
      expect(await answer).toBe(202)
    }
  })

  test('an outage of the store is told, and nobody is told that mail is on its way', async () => {
    await open()
    fake.failWith = at => (at === 'before' ? new OutageError('GONE', 'no database') : null)
    expect((await ask('a@example.org')).status).toBe(503)
    fake.failWith = null
    expect((await ask('a@example.org')).status).toBe(202)
    expect(await posted()).toEqual([['a@example.org', 'confirm']])
  })
})

describe('who asks', () => {
  test('[N62] gets one mail with a link, and is nobody’s subscriber before that link is followed', async () => {
    await open()
    const response = await ask(' Ann@Example.ORG ')
    expect(response.status).toBe(202)
    signUpAnswerSchema.strict().parse(await response.json())
    const [subscriber] = await fake.subscribers.subscribers()
    expect(subscriber).toMatchObject({ email: 'ann@example.org', state: 'pending', wishes: WISHES })
    expect(await fake.outbox.messages(10)).toMatchObject([
      {
        recipient: 'ann@example.org',
        subscriberId: subscriber!.id,
        content: { kind: 'confirm' },
        dueAtMs: NOON_MS,
      },
    ])
  })

  test('and is active already, is told so once a day; what they chose stays', async () => {
    const wishes = { alerts: null, report: true, zone: 'UTC' }
    await fake.subscribers.add('ann@example.org', wishes, NOON_MS)
    await open()
    await ask('ann@example.org')
    await ask('ann@example.org')
    expect(await posted()).toEqual([['ann@example.org', 'already-subscribed']])
    expect((await fake.subscribers.subscribers())[0]?.wishes).toEqual(wishes)
  })

  test('and whose mails came back, gets a link that makes mail go there again', async () => {
    const wishes = { alerts: null, report: true, zone: 'UTC' }
    await fake.subscribers.add('ann@example.org', wishes, NOON_MS)
    const { id } = (await fake.subscribers.subscribers())[0]!
    for (let i = 0; i < 3; i++) await fake.subscribers.bounced(id, NOON_MS)
    await open()
    await ask('ann@example.org')
    expect(await posted()).toEqual([['ann@example.org', 'confirm']])
  })

  test('[N63] gets at most three confirmations a day, also from another process, and again on the next day', async () => {
    await open()
    for (let i = 0; i < 5; i++) await ask('ann@example.org')
    expect(await posted()).toHaveLength(CONFIRMS_A_DAY)
    await dashboard!.close()
    await open()
    for (let i = 0; i < 5; i++) await ask('ann@example.org')
    expect(await posted()).toHaveLength(CONFIRMS_A_DAY)
    await clock.advance(DAY_MS)
    await ask('ann@example.org')
    expect(await posted()).toHaveLength(CONFIRMS_A_DAY + 1)
    for (const { id, dedupeKey } of await fake.outbox.messages(10)) expect(id).toBe(messageId(dedupeKey))
  })

  test('[N63] gets no more than those, though they leave and are signed up again in between', async () => {
    await open()
    for (let i = 0; i < 5; i++) {
      await ask('victim@example.org')
      const [subscriber] = await fake.subscribers.subscribers()
      await fake.subscribers.unsubscribe(subscriber!.id, clock.nowMs())
    }
    const messages = await fake.outbox.messages(10)
    expect(messages).toHaveLength(CONFIRMS_A_DAY)
    expect(JSON.stringify(messages)).not.toContain('victim')
  })

  test('can do so with a plain form, and without a script reads a page', async () => {
    await open()
    const page = await (await fetch(`${dashboard!.url}/subscribe`)).text()
    expect(page).toContain('action="/api/v1/subscriptions"')
    expect(page).toContain('only who runs it can read them')
    expect(page).not.toMatch(/<script|style=|onclick/)
    const fields =
      'alerts=yes&keys=Genre: Techno%0D%0A%0D%0Atag:dub techno&kind=rise&minSeverity=info&frequency=hourly'
    const response = await post(`email=ann@example.org&${fields}&zone=Asia/Tokyo`)
    expect([response.status, response.headers.get('content-type')]).toEqual([202, 'text/html; charset=utf-8'])
    expect((await fake.subscribers.subscribers())[0]?.wishes).toEqual({
      alerts: {
        interest: { keys: ['genre:techno', 'tag:dub-techno'], kinds: ['rise'], minSeverity: 'info' },
        frequency: 'hourly',
      },
      report: false,
      zone: 'Asia/Tokyo',
    })
    const wrong = await post('email=ann@example.org&zone=UTC')
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('choose alerts, the report, or both'),
    ])
  })

  test('where signing up is off, is told whom to ask', async () => {
    await open({ signUp: false })
    const response = await ask('ann@example.org')
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'sign-up-off' } }])
    expect((await fetch(`${dashboard!.url}/subscribe`)).status).toBe(404)
    expect(await fake.subscribers.subscribers()).toEqual([])
  })
})

describe('what is refused', () => {
  const alerts = WISHES.alerts!
  const interest = alerts.interest
  const keys = (...some: string[]) => ({
    ...WISHES,
    alerts: { ...alerts, interest: { ...interest, keys: some } },
  })
  test.each([
    ['no address', { wishes: WISHES }, 'email'],
    ['a list of addresses', { email: 'a@example.org,b@example.org', wishes: WISHES }, 'email'],
    ['a header in an address', { email: 'a@example.org\r\nBcc: b@example.org', wishes: WISHES }, 'email'],
    ['an address of 100 kB', { email: `${'a'.repeat(30_000)}@example.org`, wishes: WISHES }, 'email'],
    ['wishes that are text', { email: 'a@example.org', wishes: 'all' }, 'wishes'],
    [
      'neither alerts nor report',
      { email: 'a@example.org', wishes: { ...WISHES, alerts: null, report: false } },
      'alerts',
    ],
    [
      'no kind',
      {
        email: 'a@example.org',
        wishes: { ...WISHES, alerts: { ...alerts, interest: { ...interest, kinds: [] } } },
      },
      'alerts.interest.kinds',
    ],
    [
      '51 keys',
      { email: 'a@example.org', wishes: keys(...Array.from({ length: 51 }, (_, i) => `tag:t${i}`)) },
      'alerts.interest.keys',
    ],
    ['an item', { email: 'a@example.org', wishes: keys('item:https://x') }, 'alerts.interest.keys.0'],
    ['the prototype', { email: 'a@example.org', wishes: keys('constructor:a') }, 'alerts.interest.keys.0'],
    [
      'a tag with a bidi control',
      { email: 'a@example.org', wishes: keys('tag:a\u202eb') },
      'alerts.interest.keys.0',
    ],
    ['a zone that is none', { email: 'a@example.org', wishes: { ...WISHES, zone: 'Moon/Base' } }, 'zone'],
    ['an offset for a zone', { email: 'a@example.org', wishes: { ...WISHES, zone: '+02:00' } }, 'zone'],
    ['a field nobody knows', { email: 'a@example.org', wishes: { ...WISHES, admin: true } }, 'wishes'],
    ['a list', [], ''],
  ])('[N64] %s is refused, naming the field', async (_, body, parameter) => {
    await open()
    const response = await post(body)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { parameter } }])
    expect(await fake.subscribers.subscribers()).toEqual([])
  })

  test.each([
    ['{"email":', 'application/json', 400],
    [JSON.stringify({ email: 'a@example.org', wishes: WISHES }), 'text/plain', 400],
    ['x'.repeat(50_000), 'application/json', 413],
    ['<xml/>', 'application/xml', 400],
  ])('%.12s as %s is no request', async (body, type, status) => {
    await open()
    expect((await post(body, { 'content-type': type })).status).toBe(status)
    expect(await posted()).toEqual([])
  })

  test('[N65] no foreign page signs anybody up; our own pages and scripts do', async () => {
    await open({}, ['https://tracker.example'])
    const own = new URL(dashboard!.url).origin
    const status = async (headers: Record<string, string>) =>
      (await post({ email: 'a@example.org', wishes: WISHES }, headers)).status
    const refused = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'http://rebound.example', host: 'rebound.example', 'sec-fetch-site': 'same-origin' },
    ]
    for (const headers of refused) expect([headers, await status(headers)]).toEqual([headers, 403])
    expect(await posted()).toEqual([])
    const welcome = [
      {},
      { origin: own, 'sec-fetch-site': 'same-origin' },
      { origin: 'https://tracker.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'same-origin' },
    ]
    for (const headers of welcome)
      expect([headers, await status(headers as Record<string, string>)]).toEqual([headers, 202])
  })
})

describe('a key', () => {
  test('[N78] of a tag is followed as item pages spell it, however people do', () => {
    const tag = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom('Drum & Bass', 'R&B', 'гоп-хип'),
    )
    fc.assert(
      fc.property(tag, text => {
        const spelled = spellKey(`tag:${text}`)
        const slug = normaliseTag(text)
        if (slug !== '' && isFollowable(spelled)) expect(spelled).toBe(`tag:${slug}`)
        expect(spellKey(spelled)).toBe(spelled)
      }),
    )
    expect(spellKey(' Tag : Dub Techno ')).toBe('tag:dub-techno')
    expect(isFollowable(`tag:${normaliseTag('Drum & Bass')}`)).toBe(true)
  })

  test('that a page gave its tag can be followed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), text => {
        const slug = normaliseTag(text)
        if (slug !== '') expect([slug, isFollowable(spellKey(`tag:${slug}`))]).toEqual([slug, true])
      }),
    )
  })
})

describe('too many', () => {
  /** The router alone, which believes what a test says of its address. */
  async function listen(): Promise<string> {
    const app = express()
    const clients = createClients(1, () => {})
    app.use(signUpRouter({ delivery: deliveryOf(), allowedOrigins: [], clients }))
    app.use(problemHandler(createFakeTelemetry()))
    server = app.listen(0, '127.0.0.1')
    await new Promise(resolve => server!.once('listening', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/subscriptions`
  }
  const from = async (url: string, address: string, email: string) => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
    const body = JSON.stringify({ email, wishes: WISHES })
    return (await fetch(url, { method: 'POST', headers, body })).status
  }

  test('are told when to come again, and not how many came', async () => {
    const url = await listen()
    for (let i = 0; i < PER_ADDRESS_AND_HOUR; i++) await from(url, '203.0.113.9', `a${i}@example.org`)
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' }
    const response = await fetch(url, { method: 'POST', headers, body: '{}' })
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(response.headers.get('ratelimit')).not.toContain(String(TOGETHER_PER_HOUR))
  })

  test('[N66] from one network address are refused for an hour, and others are not', async () => {
    const url = await listen()
    const statuses = []
    for (let i = 0; i <= PER_ADDRESS_AND_HOUR; i++)
      statuses.push(await from(url, '203.0.113.9', `a${i}@example.org`))
    expect(statuses).toEqual([...Array(PER_ADDRESS_AND_HOUR).fill(202), 429])
    expect(await from(url, '203.0.113.10', 'b@example.org')).toBe(202)
  })

  test('[N67] of all together are refused; what was nonsense uses up nobody’s turn', async () => {
    const url = await listen()
    let sent = 0
    const many = async (count: number, email: (i: number) => string) => {
      const statuses = Array.from({ length: count }, () => {
        const i = sent++
        return from(url, `2001:db8:${i.toString(16)}::1`, email(i))
      })
      return Promise.all(statuses)
    }
    expect(new Set(await many(50, () => 'nonsense'))).toEqual(new Set([400]))
    expect(new Set(await many(TOGETHER_PER_HOUR, i => `a${i}@example.org`))).toEqual(new Set([202]))
    expect(await many(1, () => 'late@example.org')).toEqual([429])
    expect(await posted()).toHaveLength(TOGETHER_PER_HOUR)
  })
})

test('[N68] nothing that is read over HTTP holds an address', async () => {
  await open()
  await ask('ann@example.org')
  const document = (await (await fetch(`${dashboard!.url}/api/openapi.json`)).json()) as { paths: object }
  const paths = Object.keys(document.paths).filter(path => !path.includes('{'))
  expect(paths.length).toBeGreaterThan(8)
  for (const path of [...paths, '/metrics', '/readyz', '/subscribe']) {
    const response = await fetch(`${dashboard!.url}${path}`)
    expect(await response.text(), path).not.toMatch(/ann@|ann%40/i)
  }
})
