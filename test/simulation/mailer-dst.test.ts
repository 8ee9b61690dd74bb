// Deterministic simulation of the mailers: one seed decides every step, death, outage and answer of a server.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { StageName } from '../../processors/topology.ts'
import { Rng } from '../../producers/simulator/core/random.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import { wants } from '../../sinks/alert-mailer/core/wants.ts'
import { wishes } from '../support/alert-mailer.ts'
import { alertOf, NOON_MS } from '../support/told-alerts.ts'
import { strike } from './dst/faults.ts'
import { createSeededFeed } from './dst/feed.ts'
import { alertsIn, createSimulatedMail, type SimulatedMail } from './dst/mail.ts'
import { planOf } from './dst/plan.ts'
import type { ProcessParts } from './dst/ports.ts'
import { startProcess } from './dst/process.ts'
import type { Running } from './dst/running.ts'
import { createOwner, createScheduler, type Scheduler } from './dst/scheduler.ts'
import { createStorage } from './dst/storage.ts'

const FIRST_SEED = 20_261_122
/** `MAILER_SEEDS=500` goes on from there. */
const SEEDS = Number(process.env.MAILER_SEEDS ?? 60)
const SEED = process.env.SEED ?? ''
const MAILER = 93
const MAX_STEPS = 100_000
/** Longer than any pause of a loop, in which a clock may have been set. */
const ROUND_MS = 90 * SECOND_MS
const CALM_MS = 2 * HOUR_MS
const WISHES = [
  wishes('instant'),
  wishes('instant', { keys: ['genre:techno'] }),
  wishes('hourly', { kinds: ['drop', 'emerging'] }),
  wishes('daily', {}, 'Asia/Kathmandu'),
]
const KEYS = ['genre:techno', 'country:de', 'all'] as const
const [FORGET_SHARE, AGAIN_SHARE] = [0.3, 0.02]
const KINDS = ['rise', 'drop', 'emerging'] as const

interface Outcome {
  readonly mail: SimulatedMail
  readonly alerts: readonly Alert[]
  readonly faults: ReadonlyMap<string, number>
  readonly scheduler: Scheduler
}

let idsGiven = 0

beforeEach(() => {
  // Ids of subscribers are by chance, and order what is looked at: here they count.
  vi.spyOn(globalThis.crypto, 'randomUUID').mockImplementation(() => {
    const tail = (++idsGiven).toString(16).padStart(12, '0')
    return `00000000-0000-4000-8000-${tail}`
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function runMailSeed(seed: number): Promise<Outcome> {
  idsGiven = 0
  const rng = new Rng(seed, MAILER)
  const stages: readonly StageName[] = ['alert-mailer', 'store-writer']
  const plan = { ...planOf(seed), startMs: NOON_MS + rng.int(8 * HOUR_MS), processes: [stages, stages] }
  const { startMs, advanceShare, lateAnswerShare } = plan
  const scheduler = createScheduler({ seed, startMs, advanceShare, lateAnswerShare, onLine: () => {} })
  const world = createOwner('world')
  const storage = createStorage(scheduler, world, 1)
  const mail = createSimulatedMail(scheduler, storage)
  for (const [n, wanted] of WISHES.entries()) {
    await mail.delivery.subscribers.add(`reader-${n}@example.org`, wanted, startMs)
  }
  const parts: ProcessParts = {
    ...{ scheduler, storage, config: plan.config, tornAppendShare: 0, failedAppendShare: () => 0 },
    feed: createSeededFeed(scheduler, world, seed),
    mailFor: owner => mail.mailFor(owner),
  }
  const shared = { plan, scheduler, storage, feed: parts.feed, world, parts, isHealing: false }
  const running: Running = { ...shared, places: [null, null], everyone: [], faults: new Map() }
  const { places, everyone } = running

  async function go(): Promise<void> {
    for (const [place, process] of places.entries()) {
      if (process !== null && process.ended === null) continue
      expect(process?.bug ?? null).toBeNull()
      const born = startProcess(`m${place}.${everyone.length}`, stages, parts)
      places[place] = born
      everyone.push(born)
    }
    await scheduler.run()
    if (scheduler.steps > MAX_STEPS) throw new Error('it does not come to rest')
  }
  async function goOn(forMs: number): Promise<void> {
    const untilMs = scheduler.nowMs + forMs
    while (scheduler.nowMs < untilMs) await go()
  }

  const alerts: Alert[] = []
  let [forgotten, again] = [0, 0]
  const waves = 1 + rng.int(4)
  for (let wave = 0; wave < waves; wave++) {
    const records = Array.from({ length: 1 + rng.int(4) }, (_, i) => {
      const n = wave * 4 + i
      // Never too old, whatever the clocks say.
      const openedAtMs = startMs + 300 * DAY_MS
      const [key, alertKind] = [KEYS[rng.int(KEYS.length)]!, KINDS[rng.int(KINDS.length)]!]
      return alertOf(n, { key, alertKind, openedAtMs, coverage: 1 })
    })
    alerts.push(...records)
    await storage.log.append(records.map(record => ({ topic: 'alerts', partition: 0, record })))
    const untilStep = scheduler.steps + 100 + rng.int(900)
    while (scheduler.steps < untilStep) {
      if (rng.unit() < plan.faultShare * 3) strike(running)
      // What was sent is forgotten at once, and what was told comes again: neither tells anybody twice.
      if (rng.unit() < FORGET_SHARE)
        forgotten += await mail.delivery.outbox.forgetBodies(Number.MAX_SAFE_INTEGER)
      if (rng.unit() < AGAIN_SHARE) {
        await storage.log.append(alerts.map(record => ({ topic: 'alerts', partition: 0, record })))
        again++
      }
      await go()
    }
  }
  running.isHealing = true
  mail.heal()
  await goOn(MINUTE_MS)
  storage.logIsAway = false
  storage.storeIsAway = false
  for (const process of places) process?.kill()
  // Half days pass on the processes' clocks: holds, pauses, hours and digests are over.
  for (let round = 0; round < 12; round++) {
    await goOn(ROUND_MS)
    for (const process of places) process?.jumpClock(12 * HOUR_MS)
  }
  // What was taken last is free only after its hold.
  await goOn(CALM_MS)
  const faults = new Map([...running.faults, ['forgotten', forgotten], ['again', again]])
  return { mail, alerts, faults, scheduler }
}

/** What is wrong: each (alert, subscriber, channel) once by id, repeats equal, nothing left over. */
async function problemsOf({ mail, alerts }: Outcome): Promise<readonly string[]> {
  const problems: string[] = []
  const once = (who: string, sent: readonly { id: string; body: unknown }[], wanted: readonly string[]) => {
    const bodies = new Map<string, string>()
    for (const { id, body } of sent) {
      const text = JSON.stringify(body)
      if ((bodies.get(id) ?? text) !== text) problems.push(`${who}: ${id} came again with other bytes`)
      bodies.set(id, text)
    }
    const told = [...bodies.values()].flatMap(text => alertsIn(JSON.parse(text)).map(alert => alert.id))
    if (told.toSorted().join() !== wanted.toSorted().join())
      problems.push(`${who}: told ${told}, not ${wanted}`)
  }
  for (const [n, { alerts: followed }] of WISHES.entries()) {
    const to = `reader-${n}@example.org`
    const letters = mail.letters.filter(letter => letter.to === to)
    const sent = letters.map(({ id, text }) => ({ id, body: JSON.parse(text) as unknown }))
    const wanted = alerts.filter(alert => wants(followed!.interest, alert)).map(alert => alert.id)
    once(to, sent, wanted)
  }
  const everything = alerts.map(alert => alert.id)
  once('webhook', mail.posts, everything)
  const { waiting, sending, failed } = await mail.delivery.outbox.counts(0)
  if (waiting + sending + failed > 0) problems.push(`${waiting} wait, ${sending} are held, ${failed} failed`)
  return problems
}

const seeds = SEED === '' ? Array.from({ length: SEEDS }, (_, n) => FIRST_SEED + n) : [Number(SEED)]

it(`[N34] ${seeds.length} seeds: whatever dies, hangs or answers twice, each alert reaches each follower once`, async () => {
  const seen = new Map<string, number>()
  for (const seed of seeds) {
    const outcome = await runMailSeed(seed)
    expect([`SEED=${seed}`, await problemsOf(outcome)]).toEqual([`SEED=${seed}`, []])
    const ids = new Set(outcome.mail.letters.map(letter => letter.id))
    const more = new Map([
      ...outcome.mail.troubles,
      ['repeats', outcome.mail.letters.length - ids.size] as const,
    ])
    for (const counts of [outcome.faults, more]) {
      for (const [what, times] of counts) seen.set(what, (seen.get(what) ?? 0) + times)
    }
  }
  if (SEED !== '') return
  for (const what of [
    'kill',
    'stop',
    'expel',
    'stall',
    'clock',
    'log',
    'store',
    'later',
    'hung up',
    'repeats',
    'forgotten',
    'again',
  ]) {
    expect([what, (seen.get(what) ?? 0) >= 10]).toEqual([what, true])
  }
}, 240_000)

it('[G6] the same seed of the mailers gives the same steps', async () => {
  const hashOf = async (seed: number) => (await runMailSeed(seed)).scheduler.traceHash()
  const once = await hashOf(5)
  expect(await hashOf(5)).toBe(once)
  expect(await hashOf(6)).not.toBe(once)
}, 60_000)
