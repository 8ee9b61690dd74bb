// Chapter: who hears of an alert, when, and in how many messages. On fakes; only the test moves the clock.
import { describe, expect, test } from 'vitest'
import type { Alert } from '../../schemas/alerts.ts'
import type { SuppressedFor } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import { GROUP_WAIT_MS } from '../../sinks/alert-mailer/core/compose.ts'
import { wants } from '../../sinks/alert-mailer/core/wants.ts'
import { createMailWorld, EVERYTHING, OPERATOR, wishes } from '../support/alert-mailer.ts'
import { alertOf, NOON_MS } from '../support/told-alerts.ts'

const id = (n: number): string => alertOf(n).id
/** Long enough for an instant mail. */
const SOON_MS = GROUP_WAIT_MS + 10 * SECOND_MS
const outbox = { state: 'closed', revision: 1 } as const

/** An alert that opened just now, as the world's clock says. */
const fresh = (world: ReturnType<typeof createMailWorld>, n: number, over: Partial<Alert> = {}): Alert =>
  alertOf(n, { openedAtMs: world.clock.nowMs() - MINUTE_MS, ...over })

describe('who follows what', () => {
  const rise = alertOf(1)
  test.each<[string, Partial<typeof EVERYTHING>, Partial<Alert>, boolean]>([
    ['no keys: everything', {}, {}, true],
    ['no keys: the market too', {}, { key: 'all', alertKind: 'market-rise' }, true],
    ['one of the keys', { keys: ['genre:dub', 'genre:techno'] }, {}, true],
    ['none of the keys', { keys: ['genre:dub'] }, {}, false],
    ['keys: not the market', { keys: ['genre:techno'] }, { key: 'all', alertKind: 'market-rise' }, false],
    [
      'a market that drops goes with drops',
      { kinds: ['drop'] },
      { key: 'all', alertKind: 'market-drop' },
      true,
    ],
    ['another kind', { kinds: ['drop', 'emerging'] }, {}, false],
    ['too slight', { minSeverity: 'major' }, {}, false],
    ['as severe as asked', { minSeverity: 'notable' }, {}, true],
    [
      'a silent feed is the operator’s',
      {},
      { key: 'all', alertKind: 'feed-silent', severity: 'major' },
      false,
    ],
  ])('[N20] %s', (_, interest, over, expected) => {
    expect(wants({ ...EVERYTHING, ...interest }, { ...rise, ...over })).toBe(expected)
  })

  test('[N20] each alert is told once, however often it is told again and grows', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    const mailer = await world.start()
    const alert = fresh(world, 1)
    await world.happen(alert, alert)
    await world.clock.advance(SOON_MS)
    await world.happen({ ...alert, revision: 1, state: 'updated', severity: 'major' })
    await world.happen({ ...alert, revision: 2, state: 'closed', closedAtMs: world.clock.nowMs() })
    await world.clock.advance(2 * DAY_MS)
    await mailer.stop()
    expect(world.told('a@example.org')).toEqual([[id(1)]])
  })

  test('[N20] one that grows to what somebody asked for is told then', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant', { minSeverity: 'major' }))
    const mailer = await world.start()
    const alert = fresh(world, 1)
    await world.happen(alert)
    await world.clock.advance(SOON_MS)
    expect(world.told('a@example.org')).toEqual([])
    await world.happen({ ...alert, revision: 1, state: 'updated', severity: 'major' })
    await world.clock.advance(SOON_MS)
    await mailer.stop()
    expect(world.told('a@example.org')).toEqual([[id(1)]])
  })

  test('[N102] that its size is another is told to nobody anew, whoever came meanwhile', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    const mailer = await world.start()
    const alert = fresh(world, 1)
    await world.happen(alert)
    await world.clock.advance(SOON_MS)
    await world.subscribe('late@example.org', wishes('instant'))
    const larger = { ...alert, revision: 1, state: 'updated', change: 'size', purchases: 1_801 } as const
    await world.happen(larger)
    await world.clock.advance(SOON_MS)
    expect([world.told('a@example.org'), world.told('late@example.org')]).toEqual([[[id(1)]], []])
    // What matters more is news for whoever has not heard of it.
    await world.happen({ ...larger, revision: 2, change: 'severity', severity: 'major' })
    await world.clock.advance(SOON_MS)
    await mailer.stop()
    expect([world.told('a@example.org'), world.told('late@example.org')]).toEqual([[[id(1)]], [[id(1)]]])
  })

  test('[N20] who is not confirmed, was suppressed or wants reports alone is sent nothing', async () => {
    const world = createMailWorld()
    const { subscribers } = world.delivery
    await subscribers.request('pending@example.org', wishes('instant'), NOON_MS)
    const bouncing = await world.subscribe('bouncing@example.org', wishes('instant'))
    for (let n = 0; n < 3; n++) await subscribers.bounced(bouncing.id, NOON_MS)
    await world.subscribe('reader@example.org', { alerts: null, report: true, zone: 'UTC' })
    const mailer = await world.start()
    await world.happen(fresh(world, 1))
    await world.clock.advance(DAY_MS)
    await mailer.stop()
    expect([world.mailer.calls, await world.delivery.outbox.suppressedSince(0)]).toEqual([0, {}])
  })
})

describe('what is kept back', () => {
  const CASES: readonly [string, SuppressedFor, Partial<Alert>, boolean][] = [
    [
      'an alert older than two hours by the feed’s clock',
      'too-old',
      { atMs: NOON_MS - 2 * HOUR_MS - 1 },
      true,
    ],
    ['a key muted for all', 'muted', { key: 'tag:muted' }, true],
    ['a key muted by the subscriber', 'muted', { key: 'tag:mine' }, false],
    ['a drop that a gap touches', 'partial', { alertKind: 'drop', partial: true }, true],
    ['a genre while genres are known 16 points less than usual', 'coverage', { coverage: 0.73 }, true],
  ]
  test.each(CASES)('[N21] %s is written down as not told', async (_, reason, over, isForWebhookToo) => {
    const world = createMailWorld()
    world.usualCoverage = 0.89
    const somebody = await world.subscribe('a@example.org', wishes('instant'))
    await world.delivery.globalMutes.muteForAll({ key: 'tag:muted', untilMs: NOON_MS + DAY_MS })
    await world.delivery.subscribers.mute(somebody.id, { key: 'tag:mine', untilMs: NOON_MS + DAY_MS })
    const mailer = await world.start()
    await world.happen(alertOf(1, over))
    await world.clock.advance(DAY_MS)
    await mailer.stop()
    const kept = await world.delivery.outbox.suppressedSince(0)
    expect(world.told('a@example.org')).toEqual([])
    expect([kept, world.posts.length]).toEqual(isForWebhookToo ? [{ [reason]: 2 }, 0] : [{ [reason]: 1 }, 1])
    expect(world.telemetry.of('alertDecided')).toContainEqual({
      outcome: reason,
      count: isForWebhookToo ? 2 : 1,
    })
  })

  test.each<[string, Partial<Alert>]>([
    ['an alert of two hours ago', { atMs: NOON_MS - 2 * HOUR_MS }],
    ['a rise in spite of a gap', { partial: true }],
    ['a country, however few genres are known', { key: 'country:de', dimension: 'country', coverage: 0.2 }],
    ['a genre while genres are known 14 points less than usual', { coverage: 0.76 }],
  ])('[N21] %s is told', async (_, over) => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    const mailer = await world.start()
    await world.happen(alertOf(1, over))
    await world.clock.advance(SOON_MS)
    await mailer.stop()
    expect(world.told('a@example.org')).toEqual([[id(1)]])
  })

  test('[N21] daily readers hear of what is up to a day old', async () => {
    const world = createMailWorld()
    await world.subscribe('daily@example.org', wishes('daily'))
    await world.subscribe('hourly@example.org', wishes('hourly'))
    const mailer = await world.start()
    await world.happen(
      alertOf(1, { atMs: NOON_MS - 23 * HOUR_MS }),
      alertOf(2, { atMs: NOON_MS - 25 * HOUR_MS }),
    )
    await world.clock.advance(DAY_MS)
    await mailer.stop()
    expect([world.told('daily@example.org'), world.told('hourly@example.org')]).toEqual([[[id(1)]], []])
  })

  test('[N21] a snooze ends by itself; what happened meanwhile is not told afterwards', async () => {
    const world = createMailWorld()
    const { id: who } = await world.subscribe('a@example.org', wishes('instant'))
    await world.delivery.subscribers.snooze(who, NOON_MS + DAY_MS)
    const mailer = await world.start()
    await world.happen(fresh(world, 1))
    await world.clock.advance(DAY_MS)
    await world.happen(fresh(world, 2))
    await world.clock.advance(SOON_MS)
    await mailer.stop()
    expect(world.told('a@example.org')).toEqual([[id(2)]])
    expect(await world.delivery.outbox.suppressedSince(0)).toEqual({ snoozed: 1 })
  })

  test('[N21] a past that is read for the first time mails nobody', async () => {
    const world = createMailWorld()
    for (const how of ['instant', 'hourly', 'daily'] as const) {
      await world.subscribe(`${how}@example.org`, wishes(how))
    }
    const past = Array.from({ length: 90 }, (_, n) =>
      alertOf(n, { openedAtMs: NOON_MS - (n + 9) * 3 * HOUR_MS }),
    )
    await world.happen(...past)
    const mailer = await world.start()
    await world.clock.advance(2 * DAY_MS)
    await mailer.stop()
    expect([world.mailer.calls, world.posts.length]).toEqual([0, 0])
    expect(await world.delivery.outbox.suppressedSince(0)).toEqual({ 'too-old': 90 * 4 })
  })
})

describe('how many messages', () => {
  test('[N22] alerts that are decided together are one mail', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    const mailer = await world.start()
    await world.happen(fresh(world, 1), fresh(world, 2))
    await world.clock.advance(GROUP_WAIT_MS / 2)
    await world.happen(fresh(world, 3))
    await world.clock.advance(SOON_MS)
    await mailer.stop()
    expect(world.told('a@example.org')).toEqual([[id(1), id(2), id(3)]])
  })

  test('[N22] three mails a day at once; the rest comes at 18:00, and the next day begins anew', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    const mailer = await world.start()
    for (let n = 1; n <= 5; n++) {
      await world.happen(fresh(world, n))
      await world.clock.advance(20 * MINUTE_MS)
    }
    expect(world.told('a@example.org')).toEqual([[id(1)], [id(2)], [id(3)]])
    await world.clock.advance(6 * HOUR_MS - 100 * MINUTE_MS - SECOND_MS)
    expect(world.told('a@example.org')).toHaveLength(3)
    await world.clock.advance(MINUTE_MS)
    expect(world.told('a@example.org').slice(3)).toEqual([[id(4), id(5)]])
    expect(world.mailer.taken.at(-1)?.subject).toBe('digest')
    // Too late for the digest, too many for the day: it comes with the next digest, not at midnight.
    await world.happen(fresh(world, 6))
    await world.clock.advance(12 * HOUR_MS)
    await world.happen(fresh(world, 7))
    await world.clock.advance(SOON_MS)
    expect(world.told('a@example.org').slice(4)).toEqual([[id(7)]])
    await world.clock.advance(12 * HOUR_MS)
    await mailer.stop()
    expect(world.told('a@example.org').slice(5)).toEqual([[id(6)]])
  })

  test('[N23] hourly at the full hour, daily at 18:00, wherever that is; nothing where nothing happened', async () => {
    const world = createMailWorld(NOON_MS + 10 * MINUTE_MS)
    await world.subscribe('hourly@example.org', wishes('hourly'))
    await world.subscribe('kathmandu@example.org', wishes('hourly', {}, 'Asia/Kathmandu'))
    await world.subscribe('daily@example.org', wishes('daily', {}, 'America/New_York'))
    const mailer = await world.start()
    await world.happen(fresh(world, 1))
    await world.clock.advance(2 * DAY_MS)
    await mailer.stop()
    const times = world.mailer.taken.map(letter => [
      letter.to,
      new Date(letter.atMs).toISOString().slice(0, 16),
    ])
    expect(times).toEqual([
      ['kathmandu@example.org', '2026-11-18T12:15'],
      ['hourly@example.org', '2026-11-18T13:00'],
      ['daily@example.org', '2026-11-18T23:00'],
    ])
  })

  test('[N23] a digest tells what closed since the last one, once, and alone it is no reason to write', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('hourly'))
    const mailer = await world.start()
    const [first, second] = [fresh(world, 1), fresh(world, 2)]
    await world.happen(first, second)
    await world.clock.advance(HOUR_MS)
    const closedAtMs = world.clock.nowMs() + 5 * MINUTE_MS
    await world.happen({ ...first, ...outbox, closedAtMs, atMs: closedAtMs })
    await world.clock.advance(2 * HOUR_MS)
    expect(world.told('a@example.org')).toEqual([[id(1), id(2)]])
    await world.happen(fresh(world, 3))
    await world.clock.advance(HOUR_MS)
    await world.happen(fresh(world, 4))
    await world.clock.advance(HOUR_MS)
    await mailer.stop()
    expect(world.told('a@example.org').slice(1)).toEqual([[id(3), id(1)], [id(4)]])
  })

  test('[N28] the webhook hears of each alert by itself, of a silent feed too', async () => {
    const world = createMailWorld()
    const mailer = await world.start({ operatorEmail: null })
    const silence = fresh(world, 3, { key: 'all', alertKind: 'feed-silent', severity: 'major' })
    await world.happen(fresh(world, 1), fresh(world, 2), silence)
    await world.clock.advance(MINUTE_MS)
    await mailer.stop()
    const told = world.posts.map(({ body }) => (body as { alerts: readonly Alert[] }).alerts.map(a => a.id))
    expect(told).toEqual([[id(1)], [id(2)], [id(3)]])
  })

  test('[N30] a feed that answers without sales is one message to the operator, and to nobody else', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    const mailer = await world.start()
    const silence = fresh(world, 3, { key: 'all', alertKind: 'feed-silent', severity: 'major' })
    await world.happen(silence, silence)
    await world.happen({ ...silence, ...outbox, closedAtMs: world.clock.nowMs() })
    await world.clock.advance(HOUR_MS)
    await mailer.stop()
    expect(world.mailer.taken.map(letter => letter.to)).toEqual([OPERATOR])
  })
})
