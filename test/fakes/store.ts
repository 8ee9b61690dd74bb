// A store, history and page cache in memory: the tables as maps by identity.
import type {
  CachedPage,
  History,
  Lease,
  PageCache,
  PageFacts,
  Store,
  StoreBatch,
} from '../../infra/ports.ts'
import type { DeadLetter, Gap, Sale, Window } from '../../schemas/records.ts'
import { DAY_MS, floorTo, HOUR_MS } from '../../schemas/time.ts'
import { better } from '../support/sales.ts'
import { createFakeDelivery, type FakeDelivery } from './delivery.ts'
import { createHistoryOf } from './history.ts'

type Delivery = Pick<FakeDelivery, 'alertBook' | 'globalMutes' | 'subscribers' | 'outbox'>

export interface FakeStore extends Store, History, PageCache, Delivery {
  /** The tables, sorted by identity, for tests that compare whole stores. */
  tables(): {
    readonly sales: readonly Sale[]
    readonly windows: readonly Window[]
    readonly gaps: readonly Gap[]
    readonly deadLetters: readonly DeadLetter[]
  }
  /**
   * Calls of `write` and `progress` reject with what this returns, until it returns null; `after`: once
   * written.
   */
  failWith: ((at: 'before' | 'after') => Error | null) | null
}

interface Progress {
  readonly topic: string
  readonly offset: number
  readonly watermarkMs: number | null
}

/** Minimum over the partitions of each topic that tells a watermark, and over those topics. */
function watermarkOf(progress: Iterable<Progress>): number | null {
  const rows = [...progress]
  const telling = new Set(rows.filter(r => r.watermarkMs !== null).map(r => r.topic))
  const marks = rows.filter(r => telling.has(r.topic)).map(r => r.watermarkMs)
  if (marks.length === 0 || marks.includes(null)) return null
  return Math.min(...(marks as number[]))
}

function sortedValues<T>(map: ReadonlyMap<string, T>): readonly T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, value]) => value)
}

function createFakePages(): PageCache {
  const pages = new Map<string, CachedPage>()
  return {
    async lookup(wanted, notBeforeMs) {
      const found = new Map<string, { readonly facts: PageFacts; readonly exact: boolean }>()
      const fresh = [...pages.values()].filter(p => p.fetchedAtMs >= notBeforeMs)
      fresh.sort((a, b) => b.fetchedAtMs - a.fetchedAtMs || (a.url < b.url ? -1 : 1))
      for (const { url, artistHost } of wanted) {
        const own = fresh.find(p => p.url === url)
        const page = own ?? fresh.find(p => p.artistHost === artistHost)
        if (page !== undefined) found.set(url, { facts: page.facts, exact: own !== undefined })
      }
      return found
    },
    async remember(read) {
      for (const page of read) {
        const known = pages.get(page.url)
        if (known === undefined || page.fetchedAtMs >= known.fetchedAtMs) pages.set(page.url, page)
      }
    },
  }
}

function createLeases(): Store['acquireLease'] {
  const holders = new Map<string, Promise<void>>()
  return async (name, signal) => {
    for (let held = holders.get(name); held !== undefined; held = holders.get(name)) {
      if (signal.aborted) throw signal.reason
      const aborted = new Promise<void>(resolve => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.race([held, aborted])
    }
    if (signal.aborted) throw signal.reason
    let resolve = () => {}
    const promise = new Promise<void>(done => {
      resolve = done
    })
    holders.set(name, promise)
    const lease: Lease = {
      lost: new AbortController().signal,
      async release() {
        if (holders.get(name) === promise) holders.delete(name)
        resolve()
      },
    }
    return lease
  }
}

/**
 * An empty store. `retentionDays` as for the real one: older sales and 1m/1h windows go with
 * `enforceRetention`.
 */
export function createFakeStore(options: { readonly retentionDays?: number } = {}): FakeStore {
  const sales = new Map<string, Sale>()
  const windows = new Map<string, Window>()
  const gaps = new Map<string, Gap>()
  const deadLetters = new Map<string, DeadLetter>()
  const settled = new Set<string>()
  const progress = new Map<string, Progress>()

  function apply(batch: StoreBatch): void {
    for (const sale of batch.sales ?? []) {
      const known = sales.get(sale.basketId)
      sales.set(sale.basketId, better(known, sale))
    }
    for (const window of batch.windows ?? []) {
      const id = `${window.size} ${window.startMs} ${window.key}`
      if ((windows.get(id)?.revision ?? -1) <= window.revision) windows.set(id, window)
    }
    for (const gap of batch.gaps ?? []) gaps.set(`${gap.fromMs} ${gap.toMs} ${gap.reason}`, gap)
    for (const letter of batch.deadLetters ?? []) deadLetters.set(letter.id, letter)
    for (const { letterId } of batch.settled ?? []) settled.add(letterId)
    delivery.alertBook.put(batch.alerts ?? [])
    advance(batch.progress, batch.watermarkMs)
  }
  function advance({ stage, topic, partition, offset }: StoreBatch['progress'], watermarkMs?: number): void {
    const id = `${stage} ${topic} ${partition}`
    const before = progress.get(id)
    const mark = Math.max(before?.watermarkMs ?? -Infinity, watermarkMs ?? -Infinity)
    progress.set(id, {
      topic,
      offset: Math.max(offset, before?.offset ?? 0),
      watermarkMs: mark === -Infinity ? null : mark,
    })
  }

  const delivery = createFakeDelivery({
    onProgress: (stage, partition, offset) => advance({ stage, topic: 'alerts', partition, offset }),
  })
  const { alertBook, globalMutes, subscribers, outbox } = delivery
  const fake: FakeStore = {
    alertBook,
    globalMutes,
    subscribers,
    outbox,
    ...createFakePages(),
    ...createHistoryOf({
      sales: () => sales.values(),
      gaps: () => gaps.values(),
      openLetters: () => [...deadLetters.values()].filter(({ id }) => !settled.has(id)),
      watermarkMs: () => watermarkOf(progress.values()),
      minuteItems: startMs => windows.get(`1m ${startMs} all`)?.items ?? 0,
      windowsMs: () => watermarkOf([...progress.values()].filter(p => p.topic === 'windows')),
    }),
    failWith: null,
    acquireLease: createLeases(),
    async write(batch) {
      const before = fake.failWith?.('before')
      if (before) throw before
      apply(batch)
      const after = fake.failWith?.('after')
      if (after) throw after
    },
    async progress(stage, topic, partition) {
      return progress.get(`${stage} ${topic} ${partition}`)?.offset ?? null
    },
    async enforceRetention(nowMs) {
      const keepFromMs = floorTo(
        nowMs - (options.retentionDays ?? Number.POSITIVE_INFINITY) * DAY_MS,
        HOUR_MS,
      )
      let dropped = 0
      for (const [id, sale] of sales) {
        if (sale.soldAtMs >= keepFromMs) continue
        sales.delete(id)
        dropped += sale.items.length
      }
      for (const [id, window] of windows) {
        if (window.size !== '1d' && window.startMs < keepFromMs && windows.delete(id)) dropped++
      }
      return dropped
    },
    async close() {},
    tables: () => ({
      sales: sortedValues(sales),
      windows: sortedValues(windows),
      gaps: sortedValues(gaps),
      deadLetters: sortedValues(deadLetters),
    }),
  }
  return fake
}
