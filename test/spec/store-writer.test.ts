// The store-writer over a log: where it resumes, what it writes together, how it waits out an outage.
import { describe, expect, it } from 'vitest'
import { OutageError, type StoreBatch } from '../../infra/ports.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import type { DeadLetter } from '../../schemas/records.ts'
import { createStoreWriter } from '../../sinks/store-writer.ts'
import { windowOf } from '../contracts/store.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeStore } from '../fakes/store.ts'
import { createFakeTelemetry } from '../fakes/telemetry.ts'
import { alertOf } from '../support/delivery.ts'
import { item, sale, T0 } from '../support/sales.ts'

const tick = (upToMs: number) => ({ kind: 'tick' as const, upToMs })
const letter: DeadLetter = {
  kind: 'dead-letter',
  id: 'd',
  stage: 'enrich',
  topic: 'feed',
  partition: 0,
  offset: 1,
  reason: 'schema',
  message: '',
  bytes: '{}',
  atMs: T0,
}

describe('the store-writer', () => {
  it('[S18] writes sales, amendments, gaps, windows, alerts and dead letters, and the lowest watermark', async () => {
    const [log, store, telemetry] = [createFakeEventLog(), createFakeStore(), createFakeTelemetry()]
    const pending = item({ genre: null, genreSource: 'pending' })
    const gap = { kind: 'gap' as const, fromMs: T0, toMs: T0 + 60_000, reason: 'outage' as const }
    const known = sale('b1', T0)
    await log.append([
      { topic: 'sales', partition: 0, record: sale('b1', T0, [pending]) },
      { topic: 'sales', partition: 0, record: { kind: 'amend', sale: known } },
      { topic: 'sales', partition: 0, record: gap },
      { topic: 'sales', partition: 0, record: tick(T0 + 120_000) },
      { topic: 'windows', partition: 0, record: windowOf() },
      { topic: 'windows', partition: 0, record: { ...tick(T0 + 60_000), source: 0 } },
      { topic: 'alerts', partition: 0, record: alertOf() },
      { topic: 'dead-letters', partition: 0, record: letter },
    ])
    const writer = createStoreWriter({ store, telemetry })
    const group = 'store-writer'
    const consumers = await Promise.all([
      log.consume({ group, topic: 'sales', onAssigned: writer.sales }),
      log.consume({ group, topic: 'windows', onAssigned: writer.windows }),
      log.consume({ group, topic: 'alerts', onAssigned: writer.alerts }),
      log.consume({ group, topic: 'dead-letters', onAssigned: writer.deadLetters }),
    ])
    while (
      (await store.deadLetters(1)).length === 0 ||
      (await store.extent()).watermarkMs === null ||
      (await store.alertBook.alert(alertOf().id)) === null
    ) {
      await new Promise(setImmediate)
    }
    await Promise.all(consumers.map(consumer => consumer.close()))
    expect(store.tables()).toEqual({
      sales: [known],
      windows: [windowOf()],
      gaps: [gap],
      deadLetters: [letter],
    })
    expect(await store.alertBook.alert(alertOf().id)).toEqual(alertOf())
    expect(await store.extent()).toEqual({ firstSaleMs: T0, watermarkMs: T0 + 60_000 })
    expect(telemetry.of('batchHandled').every(e => e.stage === 'store-writer')).toBe(true)
  })

  it('[S18] resumes where the store says, not where the group does', async () => {
    const [store, telemetry] = [createFakeStore(), createFakeTelemetry()]
    await store.write({ progress: { stage: 'store-writer', topic: 'sales', partition: 3, offset: 42 } })
    const writer = createStoreWriter({ store, telemetry })
    const committed = { offset: 7, watermarkMs: null, finalAtMs: null }
    expect((await writer.sales(3, committed)).from).toBe(42)
    expect((await writer.sales(4, committed)).from).toBe(0)
  })

  it('[S18] shows no watermark while one of the partitions has told none', async () => {
    const [store, telemetry] = [createFakeStore(), createFakeTelemetry()]
    const writer = createStoreWriter({ store, telemetry })
    const first = await writer.windows(0, null)
    await writer.windows(1, null)
    const records = [{ ...tick(T0), source: 0 }]
    await first.task.handle({ topic: 'windows', partition: 0, firstOffset: 0, records, endOffset: 1 })
    expect((await store.extent()).watermarkMs).toBeNull()
  })

  it('[S18] cuts a large batch, each part with its own progress', async () => {
    const [store, telemetry] = [createFakeStore(), createFakeTelemetry()]
    const written: StoreBatch[] = []
    const spy = { ...store, write: async (batch: StoreBatch) => void written.push(batch) }
    const { task } = await createStoreWriter({ store: spy, telemetry }).sales(0, null)
    const records = Array.from({ length: 12_000 }, (_, n) => sale(`b${n}`, T0 + n))
    await task.handle({ topic: 'sales', partition: 0, firstOffset: 100, records, endOffset: 12_100 })
    expect(written.slice(1).map(b => [b.sales?.length, b.progress.offset])).toEqual([
      [5_000, 5_100],
      [5_000, 10_100],
      [2_000, 12_100],
    ])
  })

  it('[S17] waits out an outage of the store with growing pauses, and loses nothing', async () => {
    const [store, telemetry, clock] = [createFakeStore(), createFakeTelemetry(), createFakeClock(T0)]
    const { task } = await createStoreWriter({ store, telemetry, clock }).sales(0, null)
    let failures = 3
    store.failWith = when => (when === 'before' && failures-- > 0 ? new OutageError('08006', 'gone') : null)
    const handled = task.handle({
      topic: 'sales',
      partition: 0,
      firstOffset: 0,
      records: [sale('b1', T0)],
      endOffset: 1,
    })
    let done = false
    handled.then(() => {
      done = true
    })
    while (!done) {
      await clock.advance(1_000)
      await new Promise(setImmediate)
    }
    expect(telemetry.of('outage').map(e => e.retryInMs)).toEqual([250, 500, 1_000])
    expect(await store.recent(NO_FILTER, 10, null)).toHaveLength(1)
  })

  it('[S17] stops waiting for the store when the process is asked to stop', async () => {
    const [store, telemetry, clock] = [createFakeStore(), createFakeTelemetry(), createFakeClock(T0)]
    const stop = new AbortController()
    const { task } = await createStoreWriter({ store, telemetry, clock, signal: stop.signal }).sales(0, null)
    store.failWith = () => new OutageError('08006', 'gone')
    const handled = task.handle({ topic: 'sales', partition: 0, firstOffset: 0, records: [], endOffset: 0 })
    const written = task.handle({
      topic: 'sales',
      partition: 0,
      firstOffset: 0,
      records: [sale('b1', T0)],
      endOffset: 1,
    })
    stop.abort()
    await expect(written).rejects.toBeInstanceOf(OutageError)
    expect((await handled)?.offset).toBe(0)
  })

  it('[S17] does not retry what is a bug', async () => {
    const [store, telemetry, clock] = [createFakeStore(), createFakeTelemetry(), createFakeClock(T0)]
    const { task } = await createStoreWriter({ store, telemetry, clock }).sales(0, null)
    store.failWith = () => new TypeError('a bug')
    const batch = { topic: 'sales' as const, partition: 0, firstOffset: 0, records: [tick(T0)], endOffset: 1 }
    await expect(task.handle(batch)).rejects.toThrow('a bug')
  })
})
