// Laws of delivery: local time, what goes out when, and one delivery each whatever dies.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Frequency, Subscriber } from '../../schemas/subscriptions.ts'
import { DIGEST_HOUR } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import {
  dayOf,
  GROUP_WAIT_MS,
  INSTANT_PER_DAY,
  type OpenNotice,
  parcelsFor,
} from '../../sinks/alert-mailer/core/compose.ts'
import { retryInMs } from '../../sinks/alert-mailer/core/delivery.ts'
import { lastDigestTime, lastFullHour, localDay } from '../../sinks/alert-mailer/core/local-time.ts'
import type { AlertMailerParts } from '../../sinks/alert-mailer/parts.ts'
import { alertIds, createMailWorld, outage, wishes } from '../support/alert-mailer.ts'
import { alertOf, NOON_MS } from '../support/told-alerts.ts'

/** Half hours, quarters, days that begin at 1:00 or twice, and one that this machine does not know. */
const ZONES = [
  ...[
    'UTC',
    'Europe/London',
    'America/New_York',
    'America/St_Johns',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
  ],
  ...['Africa/Cairo', 'America/Santiago', 'Atlantic/Azores', 'Pacific/Apia', 'Mars/Olympus'],
]
const zone = fc.constantFrom(...ZONES)
const time = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2028, 0) })

/** Hour and minute as the machine's own tables have them. */
function clockIn(timeMs: number, name: string): string {
  const timeZone = name === 'Mars/Olympus' ? 'UTC' : name
  const options = {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  } as const
  return new Intl.DateTimeFormat('en-GB', options).format(timeMs)
}

describe('local time', () => {
  test('[N23] the digest’s time is 18:00 there, not after now, and the next one is after it', () => {
    fc.assert(
      fc.property(time, zone, (nowMs, name) => {
        const lastMs = lastDigestTime(nowMs, name)
        expect(clockIn(lastMs, name)).toBe(`${DIGEST_HOUR}:00:00`)
        expect(lastMs).toBeLessThanOrEqual(nowMs)
        expect(lastDigestTime(lastMs, name)).toBe(lastMs)
        expect(lastDigestTime(lastMs - 1, name)).toBeLessThan(lastMs)
        // 25 hours, and two days where an island changes sides of the date line.
        expect(nowMs - lastMs).toBeLessThan(26 * HOUR_MS)
      }),
    )
  })

  test('[N23] the full hour is one there, at most an hour ago', () => {
    fc.assert(
      fc.property(time, zone, (nowMs, name) => {
        const hourMs = lastFullHour(nowMs, name)
        expect(clockIn(hourMs, name)).toMatch(/:00:00$/)
        expect(nowMs - hourMs).toBeGreaterThanOrEqual(0)
        // Lord Howe's clock goes back by half an hour: that hour has ninety minutes.
        expect(nowMs - hourMs).toBeLessThan(1.5 * HOUR_MS)
      }),
    )
  })

  test('[N22] days follow each other without gap or overlap, and hold their moments', () => {
    fc.assert(
      fc.property(time, zone, (nowMs, name) => {
        const { fromMs, toMs } = localDay(nowMs, name)
        expect([fromMs <= nowMs, nowMs < toMs]).toEqual([true, true])
        expect(localDay(toMs, name).fromMs).toBe(toMs)
        expect(localDay(toMs - 1, name)).toEqual({ fromMs, toMs })
        expect([23, 24, 25].some(hours => Math.abs(toMs - fromMs - hours * HOUR_MS) <= HOUR_MS / 2)).toBe(
          true,
        )
      }),
    )
  })

  test.each([
    ['Europe/London', Date.UTC(2026, 2, 29, 12), 23],
    ['Europe/London', Date.UTC(2026, 9, 25, 12), 25],
    ['America/New_York', Date.UTC(2026, 2, 8, 12), 23],
    ['Africa/Cairo', Date.UTC(2026, 3, 24, 12), 23],
  ])('[N22] the day of the change in %s is as long as it is', (name, nowMs, hours) => {
    const { fromMs, toMs } = localDay(nowMs, name)
    expect((toMs - fromMs) / HOUR_MS).toBe(hours)
  })
})

const SUBSCRIBER: Subscriber = {
  id: '3f0e8a52-1111-4222-8333-944445555666',
  email: 'a@example.org',
  state: 'active',
  wishes: wishes('instant'),
  requestedAtMs: 0,
  confirmedAtMs: 0,
  snoozedUntilMs: null,
  mutes: [],
}

test('[N22] whatever comes when: each alert goes out once, at most three mails and one digest in a local day', () => {
  const frequency = fc.constantFrom<Frequency>('instant', 'hourly', 'daily')
  // Decided within four days, seconds or hours from each other.
  const decided = fc.array(fc.integer({ min: 0, max: 4 * DAY_MS }), { maxLength: 60 })
  const look = fc.constantFrom(7 * SECOND_MS, MINUTE_MS, 20 * MINUTE_MS)
  fc.assert(
    fc.property(frequency, zone, time, decided, look, (how, name, startMs, offsets, stepMs) => {
      const subscriber = { ...SUBSCRIBER, wishes: wishes(how, {}, name) }
      const all: OpenNotice[] = offsets.map((offset, n) => {
        const alert = alertOf(n)
        const notice = { alertId: alert.id, subscriberId: subscriber.id, channel: 'mail' } as const
        return { ...notice, decidedAtMs: startMs + offset, alert }
      })
      const gone = new Map<string, number>()
      const mails: { readonly kind: string; readonly atMs: number }[] = []
      const keys = new Set<string>()
      // Coarse steps over a week, and fine ones after each decision.
      const times = new Set<number>()
      for (let ms = 0; ms < 7 * DAY_MS; ms += 30 * MINUTE_MS) times.add(startMs + ms)
      for (const offset of offsets) for (let n = 1; n < 5; n++) times.add(startMs + offset + n * stepMs)
      for (const nowMs of [...times].toSorted((a, b) => a - b)) {
        const open = all.filter(({ alertId, decidedAtMs }) => decidedAtMs <= nowMs && !gone.has(alertId))
        const { fromMs, toMs } = dayOf(subscriber, nowMs)
        const instantToday = mails.filter(m => m.kind === 'alert' && m.atMs >= fromMs && m.atMs < toMs).length
        const lastDigestMs = mails.findLast(mail => mail.kind === 'digest')?.atMs ?? null
        for (const parcel of parcelsFor(subscriber, open, { instantToday, lastDigestMs }, nowMs)) {
          expect(keys.has(parcel.dedupeKey)).toBe(false)
          keys.add(parcel.dedupeKey)
          mails.push({ kind: parcel.kind, atMs: nowMs })
          for (const { alertId, decidedAtMs } of parcel.notices) {
            expect(gone.has(alertId)).toBe(false)
            if (parcel.kind === 'alert') expect(nowMs).toBeGreaterThanOrEqual(decidedAtMs)
            gone.set(alertId, nowMs)
          }
        }
        const today = mails.filter(mail => mail.atMs >= fromMs && mail.atMs < toMs)
        expect(today.filter(mail => mail.kind === 'alert').length).toBeLessThanOrEqual(INSTANT_PER_DAY)
        const digests = today.filter(mail => mail.kind === 'digest').length
        expect(digests).toBeLessThanOrEqual(how === 'hourly' ? 25 : 1)
      }
      expect(gone.size).toBe(all.length)
    }),
    { numRuns: 25 },
  )
})

test('[N22] nobody waits for more than the group: the first mail goes out when its time is over, not before', () => {
  const notice = { alertId: alertOf(1).id, subscriberId: SUBSCRIBER.id, channel: 'mail' } as const
  const open: OpenNotice[] = [{ ...notice, decidedAtMs: NOON_MS, alert: alertOf(1) }]
  const at = (ms: number) =>
    parcelsFor(SUBSCRIBER, open, { instantToday: 0, lastDigestMs: null }, NOON_MS + ms)
  expect([at(GROUP_WAIT_MS - 1).length, at(GROUP_WAIT_MS).length]).toEqual([0, 1])
})

test('[N25] pauses lie between half and all of a bound that doubles up to an hour, or are what was asked for', () => {
  const attempts = fc.integer({ min: 1, max: 5_000 })
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const asked = fc.option(fc.integer({ min: 0, max: DAY_MS }))
  fc.assert(
    fc.property(attempts, asked, random, (n, askedMs, dice) => {
      const boundMs = Math.min(HOUR_MS, 30 * SECOND_MS * 2 ** (n - 1))
      const ms = retryInMs(n, askedMs, dice)
      expect(ms).toBeGreaterThanOrEqual(Math.max(boundMs / 2, askedMs ?? 0))
      expect(ms).toBeLessThanOrEqual(Math.max(boundMs, askedMs ?? 0))
    }),
  )
})

/** From its `callsLeft`-th call of any port on, nothing of a mailer happens any more. */
function mortal(parts: AlertMailerParts, callsLeft: number): AlertMailerParts {
  let left = callsLeft
  const never = new Promise<never>(() => {})
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const work = (target as Record<PropertyKey, unknown>)[name]
        if (typeof work !== 'function') return work
        return (...args: unknown[]) => {
          // Dead before the call, or after it and before the answer.
          if (--left <= 0) return never
          const answer: unknown = work.apply(target, args)
          return --left <= 0 ? Promise.resolve(answer).then(() => never) : answer
        }
      },
    })
  const { outbox, subscribers, mailer, webhook } = parts
  return {
    ...parts,
    outbox: wrap(outbox),
    subscribers: wrap(subscribers),
    mailer: wrap(mailer),
    webhook: webhook === null ? null : wrap(webhook),
  }
}

test('[N29] two mailers that die at any call and come back: each delivery once by id, repeats the same bytes', async () => {
  const lives = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })
  const answers = fc.infiniteStream(
    fc.constantFrom(...(['accept', 'accept', 'accept', 'later', 'drop-after-accepting'] as const)),
  )
  await fc.assert(
    fc.asyncProperty(lives, lives, answers, async (one, other, told) => {
      const world = createMailWorld()
      for (const name of ['a', 'b', 'c']) await world.subscribe(`${name}@example.org`, wishes('instant'))
      let isCalm = false
      world.mailer.answer(() => (isCalm ? 'accept' : told.next().value))
      world.webhookAnswer = () => {
        if (!isCalm && told.next().value === 'later') throw outage()
        return { kind: 'accepted' }
      }
      const born: { leaveLog(): void }[] = []
      const births = Math.max(one.length, other.length)
      for (let life = 0; life < births; life++) {
        for (const before of born.splice(0)) before.leaveLog()
        for (const callsLeft of [one[life], other[life]]) {
          if (callsLeft !== undefined) born.push(await world.start(mortal(world.parts(), callsLeft)))
        }
        if (life < 3) await world.happen(alertOf(life, { openedAtMs: world.clock.nowMs() - MINUTE_MS }))
        await world.clock.advance(30 * SECOND_MS)
      }
      isCalm = true
      for (const before of born) before.leaveLog()
      const last = await world.start()
      await world.clock.advance(7 * HOUR_MS)
      await last.stop()
      const expected = Array.from({ length: Math.min(3, births) }, (_, n) => alertOf(n).id)
      for (const name of ['a', 'b', 'c']) {
        const letters = world.mailer.taken.filter(letter => letter.to === `${name}@example.org`)
        const byId = new Map(letters.map(letter => [letter.id, letter]))
        for (const letter of letters) expect(letter).toEqual(byId.get(letter.id))
        expect([...byId.values()].flatMap(alertIds).toSorted()).toEqual(expected)
      }
      const posts = new Map(world.posts.map(post => [post.id, post]))
      expect(posts.size).toBe(expected.length)
    }),
    { numRuns: 25 },
  )
}, 60_000)
