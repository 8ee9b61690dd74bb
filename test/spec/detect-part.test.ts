// Detection on a log: one process at a time, from the beginning, and nothing told twice.
import { expect, it } from 'vitest'
import { runDetect } from '../../infra/main/detect-part.ts'
import { OutageError } from '../../infra/ports.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { SalesRecord } from '../../schemas/records.ts'
import { createFakeClock, settled } from '../fakes/clock.ts'
import { createFakeEventLog, type FakeEventLog } from '../fakes/event-log.ts'
import { createFakeStore } from '../fakes/store.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { COUNTRIES, DAY_MINUTES, marketRecords, SELLERS, type Seller } from '../support/detect.ts'

const DAYS = 9
const factor = ({ genre }: Seller, minute: number): number => {
  const hour = minute / 60
  if (genre === 'metal' && hour > 195 && hour < 200) return 4
  return genre === 'rock' && hour > 206 && hour < 211 ? 4 : 1
}
const sellers = SELLERS.map(seller => ({ ...seller, rate: seller.rate / 2 }))
const records = [...marketRecords({ sellers, countries: COUNTRIES, factor }, 0, DAYS * DAY_MINUTES)].flat()
function tickAt(timeMs: number): number {
  return records.findIndex(record => record.kind === 'tick' && record.upToMs >= timeMs)
}
/** Metal has risen, rock has not yet. */
const CUT = tickAt(Date.UTC(2026, 8, 9, 8))
/** Metal is rising. */
const AMIDST = tickAt(Date.UTC(2026, 8, 9, 4, 30))

/** A sleep that ends at once: what is waited for here are records, never time. */
const pace = { ...createFakeClock(0), sleep: () => settled() }
const store = createFakeStore()
const telemetry = createFakeTelemetry()

async function detectTo(log: FakeEventLog): Promise<void> {
  const stop = new AbortController()
  const running = runDetect({ log, store, pace, telemetry }, stop.signal)
  const { length } = log.records('sales')[0]!
  while (((await log.committed('detect', 'sales'))[0]?.offset ?? 0) < length) await settled()
  stop.abort()
  await running
}

async function append(log: FakeEventLog, some: readonly SalesRecord[]): Promise<void> {
  await log.append(some.map(record => ({ topic: 'sales', partition: 0, record })))
}

const said = (log: FakeEventLog): readonly Alert[] => log.records('alerts')[0]!

it('[D18] a process that takes over tells the rest of the alerts, in the same bytes', async () => {
  const whole = createFakeEventLog()
  await append(whole, records)
  await detectTo(whole)
  expect(said(whole).some(({ key, state }) => key === 'genre:metal' && state === 'opened')).toBe(true)

  const parts = createFakeEventLog()
  await append(parts, records.slice(0, CUT))
  await detectTo(parts)
  const before = said(parts).length
  expect(before).toBeGreaterThan(0)
  await append(parts, records.slice(CUT))
  await detectTo(parts)
  expect(said(parts).length).toBeGreaterThan(before)
  expect(JSON.stringify(said(parts))).toBe(JSON.stringify(said(whole)))
})

it('[D19] two processes: one detects, the other waits until it ends', async () => {
  const log = createFakeEventLog()
  await append(log, records.slice(0, 5_000))
  const [first, second] = [new AbortController(), new AbortController()]
  const running = runDetect({ log, store, pace, telemetry }, first.signal)
  while (((await log.committed('detect', 'sales'))[0]?.offset ?? 0) < 5_000) await settled()
  const waiting = runDetect({ log: log.open(), store, pace, telemetry }, second.signal)
  const handled = () => telemetry.of('batchHandled').length
  const before = handled()
  await settled()
  expect(handled()).toBe(before)
  first.abort()
  await running
  while (handled() === before) await settled()
  second.abort()
  await waiting
})

it('[D31] where the log cannot take an alert, detection begins anew, and nothing is lost or told twice', async () => {
  const whole = createFakeEventLog()
  await append(whole, records)
  await detectTo(whole)
  const log = createFakeEventLog()
  await append(log, records)
  log.failNextAppend(new OutageError('away', 'the log is away'))
  await detectTo(log)
  expect(telemetry.of('outage').some(({ code }) => code === 'away')).toBe(true)
  expect(JSON.stringify(said(log))).toBe(JSON.stringify(said(whole)))
})

it('[D31] a process that lost its partitions for a while goes on where it was, in the same bytes', async () => {
  const whole = createFakeEventLog()
  await append(whole, records)
  await detectTo(whole)
  const log = createFakeEventLog()
  await append(log, records.slice(0, AMIDST))
  const stop = new AbortController()
  const running = runDetect({ log, store, pace, telemetry }, stop.signal)
  const committed = async () => (await log.committed('detect', 'sales'))[0]?.offset ?? 0
  while ((await committed()) < AMIDST) await settled()
  const handled = () => telemetry.of('batchHandled').reduce((sum, each) => sum + each.records, 0)
  const before = handled()
  log.expel()
  await append(log, records.slice(AMIDST))
  while ((await committed()) < records.length) await settled()
  stop.abort()
  await running
  expect(JSON.stringify(said(log))).toBe(JSON.stringify(said(whole)))
  expect(handled() - before).toBe(records.length - AMIDST)
})
