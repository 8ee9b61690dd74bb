// Hours of sales as columns in memory: what windows do not answer is scanned here, exactly and in
// milliseconds.
import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { floorTo, HOUR_MS, type Interval } from '../../../schemas/time.ts'
import { usingClient } from '../pool.ts'
import { instantText } from '../text.ts'
import { type Block, copyHours, Interner, type SeenHour } from './block.ts'

/** 48 bytes an item: 28 days and those before them, at 70,000 items a day, in some 215 MB at most. */
const MAX_ITEMS = 4_500_000
/** What a block costs besides its items, in items. */
const BLOCK_OVERHEAD_ITEMS = 30
/** One query of the loader: bounds its memory and its hold on the event loop. */
const MAX_RUN_HOURS = 24
/** Runs of neighbouring hours, none longer than a day. */
function runsOf(hours: readonly SeenHour[]): readonly (readonly SeenHour[])[] {
  const runs: SeenHour[][] = []
  for (const hour of hours) {
    const run = runs.at(-1)
    const first = run?.[0]
    const last = run?.at(-1)
    if (
      run !== undefined &&
      first !== undefined &&
      last?.hourMs === hour.hourMs - HOUR_MS &&
      hour.hourMs - first.hourMs < MAX_RUN_HOURS * HOUR_MS
    ) {
      run.push(hour)
    } else {
      runs.push([hour])
    }
  }
  return runs
}

/**
 * The hours of sales, as the database has them now: every use compares versions, so that late sales and
 * amendments, by whichever process, are seen at once. A cache: it holds nothing that cannot be loaded again.
 */
export class BlockCache {
  readonly texts = new Interner()
  readonly #pool: Pool
  readonly #blocks = new LRUCache<number, Block>({
    maxSize: MAX_ITEMS,
    sizeCalculation: block => block.count + BLOCK_OVERHEAD_ITEMS,
  })
  /** One load at a time: questions of one page ask for the same hours. */
  #loading: Promise<unknown> = Promise.resolve()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Blocks of all hours that share an instant with the interval and have sales, oldest first. */
  async blocksOf(interval: Interval): Promise<readonly Block[]> {
    if (interval.toMs <= interval.fromMs) return []
    const hours = await this.#seen(interval)
    const held = this.#held(hours)
    if (held !== null) return held
    const loaded = this.#loading.then(() => this.#load(hours))
    this.#loading = loaded.catch(() => {})
    return loaded
  }

  async #seen({ fromMs, toMs }: Interval): Promise<readonly SeenHour[]> {
    const { rows } = await this.#pool.query<{ hour: number; version: number }>(
      `SELECT (extract(epoch FROM hour_at) / 3600)::float8 AS hour, version::float8
       FROM sale_hours WHERE hour_at >= $1 AND hour_at < $2 ORDER BY hour_at`,
      [instantText(floorTo(fromMs, HOUR_MS)), instantText(toMs)],
    )
    return rows.map(({ hour, version }) => ({ hourMs: hour * HOUR_MS, version }))
  }

  /** All of them, or null where one is missing or has changed. */
  #held(hours: readonly SeenHour[]): readonly Block[] | null {
    const blocks: Block[] = []
    for (const { hourMs, version } of hours) {
      const block = this.#blocks.get(hourMs)
      if (block === undefined || block.version < version) return null
      blocks.push(block)
    }
    return blocks
  }

  async #load(hours: readonly SeenHour[]): Promise<readonly Block[]> {
    const found = new Map<number, Block>()
    for (const { hourMs, version } of hours) {
      const block = this.#blocks.get(hourMs)
      if (block !== undefined && block.version >= version) found.set(hourMs, block)
    }
    const missing = hours.filter(h => !found.has(h.hourMs))
    if (missing.length > 0) {
      await usingClient(this.#pool, async client => {
        for (const run of runsOf(missing)) {
          for (const block of await copyHours(client, run, this.texts)) {
            this.#blocks.set(block.hourMs, block)
            found.set(block.hourMs, block)
          }
        }
      })
    }
    return hours.map(h => found.get(h.hourMs)!)
  }
}
