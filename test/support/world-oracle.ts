// What a store must hold after a run on the simulated world: the world's own list, worked out once more.
import type pg from 'pg'
import { normaliseBasket } from '../../producers/core/normalise.ts'
import type { World } from '../../producers/simulator/core/world.ts'
import { floorTo, type Interval, MINUTE_MS } from '../../schemas/time.ts'
import { type StoredRow, storedGaps, storedRows, storedWindows, windowsOfRows } from './stored.ts'

export type PlainRow = Omit<StoredRow, 'genre' | 'tags' | 'basketId' | 'artistHost'>

export interface StoreOracle {
  /** Rows outside of gaps, as stored and as the world sold them: to be equal. */
  readonly rows: readonly PlainRow[]
  readonly expectedRows: readonly PlainRow[]
  /** Rows whose genre or tags are not what the world's pages say: to be none. */
  readonly strange: readonly StoredRow[]
  /** By `size start key`, the windows up to the watermark, as stored and as the rows add up: to be equal. */
  readonly windows: ReadonlyMap<string, readonly number[]>
  readonly expectedWindows: ReadonlyMap<string, readonly number[]>
  readonly gaps: readonly Interval[]
  readonly firstMs: number
}

/** Reads a store whose watermark is `reachedMs`. */
export async function lookAtStore(
  client: pg.Client,
  world: World,
  reachedMs: number,
  schema = 'bct',
): Promise<StoreOracle> {
  const all = await storedRows(client, schema)
  const firstMs = floorTo(
    all.reduce((least, row) => Math.min(least, row.soldAtMs), Number.POSITIVE_INFINITY),
    MINUTE_MS,
  )
  const gaps = await storedGaps(client, schema)
  const isRead = ({ soldAtMs }: { readonly soldAtMs: number }): boolean =>
    soldAtMs < reachedMs && !gaps.some(gap => soldAtMs >= gap.fromMs && soldAtMs < gap.toMs)
  const stored = await storedWindows(client, schema)
  const windows = [...stored].filter(([, { endMs }]) => endMs <= reachedMs)
  return {
    rows: all.filter(isRead).map(plain),
    expectedRows: worldRows(world, firstMs, reachedMs).filter(isRead),
    strange: all.filter(row => !knowsWhatItCan(world, row)),
    windows: new Map(windows.map(([id, { totals }]) => [id, totals])),
    expectedWindows: windowsOfRows(all, firstMs, reachedMs),
    gaps,
    firstMs,
  }
}

/** What the simulator itself says was sold, as rows; genres apart. */
function worldRows(world: World, fromMs: number, toMs: number): readonly PlainRow[] {
  const rows: PlainRow[] = []
  for (let minute = fromMs; minute < toMs; minute += MINUTE_MS) {
    for (const { soldAtMs, text } of world.eventsOfMinute(minute)) {
      const { sale, rejected } = normaliseBasket({ kind: 'basket', id: '', soldAtMs, text })
      if (rejected.length > 0) throw new Error(`the world sold what cannot be read: ${text}`)
      for (const item of sale!.items) {
        const { soldAtText, url, title, artistName, country, format, currency } = item
        const { paidMinor, paidUsdCents, overUsdCents, units, position } = item
        const what = { soldAtMs, position, soldAtText, url, title, artistName, format, currency }
        rows.push({
          ...what,
          country: country ?? 'unknown',
          ...{ paidMinor, paidUsdCents, overUsdCents, units },
        })
      }
    }
  }
  return rows.sort(byIdentity)
}

function plain({
  genre: _genre,
  tags: _tags,
  basketId: _id,
  artistHost: _host,
  ...rest
}: StoredRow): PlainRow {
  return rest
}

function byIdentity(a: PlainRow, b: PlainRow): number {
  return (
    a.soldAtMs - b.soldAtMs ||
    (a.soldAtText < b.soldAtText ? -1 : a.soldAtText > b.soldAtText ? 1 : a.position - b.position)
  )
}

/** The genre is what the page says; tags are too, unless the genre came from another page of the host. */
function knowsWhatItCan(world: World, { url, genre, tags }: StoredRow): boolean {
  const facts = world.pageFacts(url)
  if (facts === null) return tags.length === 0
  const said = JSON.stringify(tags)
  return genre === (facts.genre ?? 'unknown') && (said === '[]' || said === JSON.stringify(facts.tags))
}
