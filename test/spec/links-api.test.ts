// Chapter: the pages behind the links of mails. Opening one changes nothing; its button does, and again.
import { load } from 'cheerio'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Dashboard } from '../../dashboard/server/dashboard.ts'
import {
  CONFIRM_WITHIN_MS,
  LINK_PATHS,
  type LinkPurpose,
  MUTE_MS,
  SNOOZES,
  signLink,
} from '../../infra/runtime/links.ts'
import type { Subscriber, Wishes } from '../../schemas/subscriptions.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { createFakeClock, type FakeClock } from '../fakes/clock.ts'
import { createFakeDelivery, type FakeDelivery } from '../fakes/delivery.ts'
import { NO_MAIL } from '../support/no-mail.ts'
import { createWorld, NOON_MS, openDashboard } from './api-kit.ts'

const WISHES: Wishes = {
  alerts: {
    interest: { keys: ['genre:techno'], kinds: ['rise', 'drop'], minSeverity: 'notable' },
    frequency: 'instant',
  },
  report: true,
  zone: 'Europe/Berlin',
}
const PURPOSES = Object.keys(LINK_PATHS) as LinkPurpose[]
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

let fake: FakeDelivery
let clock: FakeClock
let dashboard: Dashboard
let subscriber: Subscriber

beforeEach(async () => {
  fake = createFakeDelivery()
  clock = createFakeClock(NOON_MS)
  const { subscribers, outbox } = fake
  const place = { ...NO_MAIL, isReal: true }
  const delivery = { subscribers, outbox, clock, signUp: true, status: async () => place }
  dashboard = await openDashboard(createWorld(), { delivery })
  subscriber = await subscribers.request('ann@example.org', WISHES, NOON_MS)
})
afterEach(() => dashboard.close())

async function link(purpose: LinkPurpose, extra = purpose === 'mute' ? 'genre:techno' : ''): Promise<string> {
  const token = signLink(await fake.subscribers.linkSecret(), purpose, subscriber.id, extra)
  return `${LINK_PATHS[purpose]}${token}`
}
const get = (path: string): Promise<Response> => fetch(`${dashboard.url}${path}`)
const post = (path: string, body = ''): Promise<Response> =>
  fetch(`${dashboard.url}${path}`, { method: 'POST', body, headers: FORM })
const now = (): Promise<Subscriber | null> => fake.subscribers.find(subscriber.id)
const activate = (): Promise<unknown> => fake.subscribers.confirm(subscriber.id, NOON_MS)

/** Fields of the form that saves, as a browser would send them. */
function fieldsOf(page: string): URLSearchParams {
  const fields = load(page)('form:has(textarea)').serializeArray()
  return new URLSearchParams(fields.map(({ name, value }): [string, string] => [name, value]))
}

describe('every link', () => {
  test.each(PURPOSES)(
    '[N69] GET and HEAD of %s change nothing, however often a scanner opens it',
    async purpose => {
      for (const isActive of [false, true]) {
        if (isActive) await activate()
        const before = await now()
        for (const method of ['GET', 'HEAD', 'GET']) {
          const response = await fetch(`${dashboard.url}${await link(purpose)}`, { method })
          expect([purpose, method, response.status]).toEqual([purpose, method, 200])
        }
        expect(await now()).toEqual(before)
      }
    },
  )

  test.each(PURPOSES)('the page of %s has a button that posts to the link itself', async purpose => {
    if (purpose !== 'confirm') await activate()
    const path = await link(purpose)
    const $ = load(await (await get(path)).text())
    const actions = $('form[method=post]:has(button)')
      .toArray()
      .map(form => form.attribs.action?.split('?')[0])
    expect(actions.length).toBeGreaterThan(0)
    expect(new Set(actions)).toEqual(new Set([path]))
  })

  test.each(PURPOSES)('[N70] POST of %s answers 2xx, and 2xx again', async purpose => {
    await activate()
    const path = await link(purpose)
    const body = purpose === 'manage' ? 'do=wake' : ''
    expect([(await post(path, body)).status, (await post(path, body)).status]).toEqual([200, 200])
  })

  test('[N71] forged, foreign, cut and outlived tokens are told the same page, byte for byte', async () => {
    await activate()
    const good = await link('manage')
    const stranger = signLink(new Uint8Array(32), 'manage', subscriber.id)
    const nobody = signLink(await fake.subscribers.linkSecret(), 'manage', crypto.randomUUID())
    const tokens = [
      'x',
      'A'.repeat(2_000),
      good.slice(8, -1),
      `${good.slice(8)}A`,
      stranger,
      nobody,
      '%3Cscript%3E',
    ]
    const answers = []
    for (const purpose of PURPOSES) {
      for (const token of tokens) {
        if (purpose === 'unsubscribe' && token === nobody) continue
        for (const method of ['GET', 'POST']) {
          const response = await fetch(`${dashboard.url}${LINK_PATHS[purpose]}${token}`, { method })
          answers.push(`${response.status} ${await response.text()}`)
        }
      }
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^404 /)
    expect((await now())?.state).toBe('active')
  })

  test('a link serves its purpose alone', async () => {
    await activate()
    const token = (await link('unsubscribe')).slice(LINK_PATHS.unsubscribe.length)
    for (const purpose of ['confirm', 'manage', 'snooze', 'mute'] as const) {
      expect((await post(`${LINK_PATHS[purpose]}${token}`, 'do=unsubscribe')).status).toBe(404)
    }
    expect((await now())?.state).toBe('active')
  })

  test.each(PURPOSES)(
    '[N72] the page of %s runs nothing, is kept and found by nobody, and tells no address',
    async purpose => {
      await activate()
      for (const method of ['GET', 'POST']) {
        const response = await fetch(`${dashboard.url}${await link(purpose)}`, { method })
        const policy = response.headers.get('content-security-policy')!
        expect(policy).toMatch(/^default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';/)
        expect(policy).toContain("frame-ancestors 'none'")
        expect(response.headers.get('referrer-policy')).toBe('no-referrer')
        expect(response.headers.get('cache-control')).toBe('no-store')
        expect(response.headers.get('x-robots-tag')).toContain('noindex')
        const text = await response.text()
        expect(text).not.toMatch(/<script|style=|\son\w+=|ann|example\.org/i)
        for (const [, href] of text.matchAll(/(?:href|action|src)="([^"]*)"/g))
          expect(href).toMatch(/^\/(?!\/)/)
      }
    },
  )

  test('the style sheet is a file of our own', async () => {
    const response = await get('/links.css')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  })
})

describe('confirming', () => {
  test('[N73] holds for 48 hours after the request, and not a moment longer; again it changes nothing', async () => {
    const path = await link('confirm')
    await clock.advance(CONFIRM_WITHIN_MS + 1)
    for (const answer of [await get(path), await post(path)]) {
      expect([answer.status, await answer.text()]).toEqual([410, expect.stringContaining('48 hours')])
    }
    expect((await now())?.state).toBe('pending')
    await fake.subscribers.request('ann@example.org', WISHES, clock.nowMs())
    await clock.advance(CONFIRM_WITHIN_MS)
    expect((await post(path)).status).toBe(200)
    const confirmed = await now()
    expect(confirmed).toMatchObject({ state: 'active', confirmedAtMs: clock.nowMs(), wishes: WISHES })
    await clock.advance(10 * CONFIRM_WITHIN_MS)
    expect([(await get(path)).status, (await post(path)).status]).toEqual([200, 200])
    expect(await now()).toEqual(confirmed)
  })

  test('an address whose mails came back is tried again', async () => {
    await activate()
    for (let i = 0; i < 3; i++) await fake.subscribers.bounced(subscriber.id, NOON_MS)
    expect((await now())?.state).toBe('suppressed')
    await post(await link('confirm'))
    expect((await now())?.state).toBe('active')
  })
})

describe('unsubscribing', () => {
  test.each([
    ['List-Unsubscribe=One-Click', FORM],
    ['', FORM],
    [
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
      { 'content-type': 'multipart/form-data; boundary=b' },
    ],
  ])(
    '[N74] one POST does it, whatever its body, from anywhere, and again when nobody is there (%#)',
    async (body, type) => {
      await activate()
      const path = await link('unsubscribe')
      const headers = { ...type, origin: 'https://mail.example', 'sec-fetch-site': 'cross-site' }
      const click = () =>
        fetch(`${dashboard.url}${path}`, { method: 'POST', body, headers, redirect: 'manual' })
      expect((await click()).status).toBe(200)
      expect(await now()).toBeNull()
      expect((await click()).status).toBe(200)
      expect([(await get(path)).status, await (await get(path)).text()]).toEqual([
        200,
        expect.stringContaining('You are unsubscribed'),
      ])
    },
  )

  test('who left can sign up again, and must confirm again', async () => {
    await activate()
    const old = await link('confirm')
    await post(await link('unsubscribe'))
    const again = await fake.subscribers.request('ann@example.org', WISHES, NOON_MS)
    expect(again.state).toBe('pending')
    expect((await post(old)).status).toBe(404)
    expect((await fake.subscribers.find(again.id))?.state).toBe('pending')
  })
})

describe('a break', () => {
  test('[N75] is as long as the link says, from now on', async () => {
    await activate()
    for (const [time, ms] of [
      ...Object.entries(SNOOZES),
      ['', SNOOZES['24h']],
      ['99y', SNOOZES['24h']],
    ] as const) {
      await clock.advance(HOUR_MS)
      const page = await (await post(`${await link('snooze')}?for=${time}`)).text()
      expect((await now())?.snoozedUntilMs).toBe(clock.nowMs() + Number(ms))
      expect(page).toContain('(Europe/Berlin)')
    }
  })

  test('[N76] of one key lasts a week, and is of the key that was signed', async () => {
    await activate()
    const evil = 'tag:<img src=x onerror=alert(1)>\u202e'
    const path = await link('mute', evil)
    for (const page of [await (await get(path)).text(), await (await post(path)).text()]) {
      expect(load(page)('img').length).toBe(0)
      expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
      expect(page).not.toContain('\u202e')
    }
    expect((await now())?.mutes).toEqual([{ key: evil, untilMs: NOON_MS + MUTE_MS }])
    const managed = await (await get(await link('manage'))).text()
    expect(load(managed)('img').length).toBe(0)
    await post(await link('manage'), new URLSearchParams({ do: 'unmute', key: evil }).toString())
    expect((await now())?.mutes.filter(mute => mute.untilMs > clock.nowMs())).toEqual([])
    expect((await post(await link('mute', ''))).status).toBe(404)
  })
})

describe('managing', () => {
  test('[N77] the form holds what is chosen: saved as it is, nothing changes', async () => {
    await activate()
    const path = await link('manage')
    for (const wishes of [
      WISHES,
      { ...WISHES, alerts: null },
      { ...WISHES, report: false, zone: 'Asia/Kolkata' },
    ]) {
      await fake.subscribers.change(subscriber.id, wishes)
      const fields = fieldsOf(await (await get(path)).text())
      expect(fields.get('do')).toBe('save')
      const page = await (await post(path, fields.toString())).text()
      expect(page).toContain('Saved.')
      expect((await now())?.wishes).toEqual(wishes)
    }
  })

  test('what is wrong is said, and nothing is saved', async () => {
    await activate()
    const path = await link('manage')
    const fields = fieldsOf(await (await get(path)).text())
    fields.set('keys', 'genre:techno\nitem:https://x')
    const response = await post(path, fields.toString())
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('Not saved: alerts.interest.keys.1'),
    ])
    expect((await now())?.wishes).toEqual(WISHES)
    expect((await post(path, 'do=nothing')).status).toBe(400)
    expect((await post(path, 'x'.repeat(100_000))).status).toBe(413)
  })

  test('sleeping, waking and leaving are a button each', async () => {
    await activate()
    const path = await link('manage')
    await post(path, 'do=snooze-7d')
    expect((await now())?.snoozedUntilMs).toBe(NOON_MS + SNOOZES['7d'])
    expect(await (await get(path)).text()).toContain('Wake up now')
    await post(path, 'do=wake')
    expect((await now())?.snoozedUntilMs).toBeNull()
    expect(await (await post(path, 'do=unsubscribe')).text()).toContain('You are unsubscribed')
    expect(await now()).toBeNull()
  })
})
