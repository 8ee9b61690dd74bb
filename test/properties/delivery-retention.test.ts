// Laws of forgetting: what was told is told to nobody again, however long ago, and however often it comes.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BODIES_KEPT_MS, DECISIONS_KEPT_MS, letGo } from '../../infra/main/upkeep.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { DAY_MS, MINUTE_MS } from '../../schemas/time.ts'
import { createMailWorld, type MailWorld, wishes } from '../support/alert-mailer.ts'
import { alertOf } from '../support/told-alerts.ts'

type Step =
  | { readonly what: 'opens' }
  | { readonly what: 'again' }
  | { readonly what: 'forgets' }
  | { readonly what: 'closes' | 'grows'; readonly nth: number }
  | { readonly what: 'days'; readonly days: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ what: 'opens' }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('closes' as const), nth: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('grows' as const), nth: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('days' as const), days: fc.integer({ min: 1, max: 120 }) }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ what: 'forgets' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ what: 'again' }) },
)

/** A mailer of its own for so long: it decides, composes, sends and stops. */
async function mailFor(world: MailWorld, ms: number): Promise<void> {
  const mailer = await world.start()
  await world.clock.advance(ms)
  await mailer.stop()
}

const forget = ({ clock, delivery: { outbox, subscribers } }: MailWorld): Promise<void> => {
  const nothing = async () => 0
  const extent = async () => ({ firstSaleMs: null, watermarkMs: null })
  const store = { enforceRetention: nothing, extent, outbox, subscribers }
  const log = { enforceRetention: async () => {} }
  return letGo({ log, store }, { nowMs: clock.nowMs(), feedNowMs: clock.nowMs() })
}

/** Ids of alerts by how often each was told as news. */
function toldTo(world: MailWorld, email: string): readonly string[] {
  return world.mailer.taken
    .filter(letter => letter.to === email)
    .flatMap(({ text }) => {
      const { alerts, opened } = JSON.parse(text) as Partial<Record<'alerts' | 'opened', readonly Alert[]>>
      return [...(alerts ?? []), ...(opened ?? [])].map(alert => alert.id)
    })
}

async function live(steps: readonly Step[]): Promise<{ world: MailWorld; opened: readonly string[] }> {
  const world = createMailWorld()
  await world.subscribe('at-once@example.org', wishes('instant'))
  await world.subscribe('daily@example.org', wishes('daily'))
  const records: Alert[] = []
  const standing = new Map<string, Alert>()
  const happen = async (alert: Alert): Promise<void> => {
    records.push(alert)
    standing.set(alert.id, alert)
    await world.happen(alert)
  }
  const open = (nth: number): Alert | undefined => {
    const all = [...standing.values()].filter(alert => alert.state !== 'closed')
    return all[nth % Math.max(1, all.length)]
  }
  for (const taken of steps) {
    const atMs = world.clock.nowMs()
    if (taken.what === 'opens') await happen(alertOf(standing.size, { openedAtMs: atMs }))
    else if (taken.what === 'again') await world.happen(...records)
    else if (taken.what === 'forgets') await forget(world)
    else if (taken.what === 'days') await world.clock.advance(taken.days * DAY_MS)
    else {
      const alert = open(taken.nth)
      if (alert === undefined) continue
      const isEnd = taken.what === 'closes'
      const state = isEnd ? 'closed' : 'updated'
      await happen({ ...alert, revision: alert.revision + 1, state, atMs, closedAtMs: isEnd ? atMs : null })
    }
    await mailFor(world, MINUTE_MS)
  }
  // The digest of the last day.
  await world.clock.advance(DAY_MS)
  await mailFor(world, MINUTE_MS)
  return { world, opened: [...standing.keys()] }
}

test('[N97] whatever is forgotten meanwhile, an alert that comes again is told to nobody a second time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async steps => {
      const { world, opened } = await live(steps)
      expect(toldTo(world, 'at-once@example.org').toSorted()).toEqual(opened.toSorted())
      expect(toldTo(world, 'daily@example.org').toSorted()).toEqual(opened.toSorted())
      const posted = world.posts.flatMap(({ body }) => (body as { alerts: readonly Alert[] }).alerts)
      expect(posted.map(alert => alert.id).toSorted()).toEqual(opened.toSorted())
    }),
    { numRuns: 80 },
  )
}, 120_000)

test('[N97] an alert that stays open for a year and grows all the while is told once', async () => {
  const year: readonly Step[] = Array.from({ length: 12 }, () => [
    { what: 'grows', nth: 0 } as const,
    { what: 'again' } as const,
    { what: 'days', days: 31 } as const,
    { what: 'forgets' } as const,
  ]).flat()
  const { world, opened } = await live([{ what: 'opens' }, ...year])
  expect(toldTo(world, 'at-once@example.org')).toEqual(opened)
})

test('[N95] bodies and addresses go after two weeks, all traces of an alert that ended after three months', async () => {
  const { world, opened } = await live([{ what: 'opens' }, { what: 'closes', nth: 0 }])
  const { outbox } = world.delivery
  const bodies = async () => (await outbox.messages(10)).length
  const atMs = world.clock.nowMs()
  expect(await bodies()).toBe(3)
  await world.clock.advance(BODIES_KEPT_MS - DAY_MS - 5 * MINUTE_MS)
  await forget(world)
  expect(await bodies()).toBe(3)
  await world.clock.advance(2 * DAY_MS)
  await forget(world)
  expect([await bodies(), (await outbox.decidedOn(opened[0]!)).length]).toEqual([0, 3])
  await world.clock.advance(atMs + DECISIONS_KEPT_MS - world.clock.nowMs() - 2 * DAY_MS)
  await forget(world)
  expect(await outbox.decidedOn(opened[0]!)).toHaveLength(3)
  await world.clock.advance(3 * DAY_MS)
  await forget(world)
  expect(await outbox.decidedOn(opened[0]!)).toEqual([])
})
