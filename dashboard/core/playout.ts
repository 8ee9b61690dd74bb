// The ticker's pace: sales arrive a minute at a time and are played out at their own spacing, never too fast
// to read.
import type { ApiSoldItem } from './api.ts'

/** No row appears sooner than this after the one before: what an eye can follow. */
export const ROW_EVERY_MS = 800
/** With more than this many due at once the rest is told as a number. */
const MAX_DUE = 3
/** A "+37 sales" row grows for this long, then the next one begins. */
const BURST_MS = 10_000
/** Nothing is held back longer than this: a batch that would be is played faster. */
const MAX_HOLD_MS = 90_000
/** An old sale that turns up late (an amendment) must not slow down what follows: the pulse lags no more. */
export const MAX_DELAY_MS = 180_000
/** Rows kept on the page. */
export const MAX_ROWS = 40
/**
 * Far more than a minute of the busiest hour known; older ones are dropped from the ticker, never from
 * counts.
 */
const MAX_WAITING = 5_000

export interface ItemRow {
  readonly kind: 'item'
  readonly key: string
  readonly item: ApiSoldItem
  readonly fresh: boolean
}
export interface BurstRow {
  readonly kind: 'burst'
  readonly key: string
  readonly count: number
  readonly startedMs: number
  /** How long the row has been growing. */
  readonly spanMs: number
}
export type TickerRow = ItemRow | BurstRow

export interface Playout {
  /** Newest first. */
  readonly rows: readonly TickerRow[]
  /** Not yet shown, oldest first. */
  readonly waiting: readonly ApiSoldItem[]
  /** Wall time minus event time at which items are shown. */
  readonly delayMs: number
  readonly lastRowMs: number
  /** Items shown or folded into a number so far: what the pulse and tests count. */
  readonly played: number
}

const bySoldAt = (a: ApiSoldItem, b: ApiSoldItem): number =>
  a.soldAtMs - b.soldAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

const itemRow = (item: ApiSoldItem, fresh: boolean): ItemRow => ({ kind: 'item', key: item.id, item, fresh })

/** A ticker that shows `recent` (any order) at once, and goes on from there. */
export function startPlayout(recent: readonly ApiSoldItem[], nowMs: number): Playout {
  const sorted = [...recent].sort(bySoldAt)
  const newest = sorted.at(-1)
  return {
    rows: sorted
      .reverse()
      .slice(0, MAX_ROWS)
      .map(item => itemRow(item, false)),
    waiting: [],
    delayMs: newest === undefined ? 0 : Math.min(MAX_DELAY_MS, Math.max(0, nowMs - newest.soldAtMs)),
    lastRowMs: nowMs - ROW_EVERY_MS,
    played: 0,
  }
}

/** Items whose id is shown or waits already replace that one; the others are returned. */
function replaceKnown(state: Playout, items: readonly ApiSoldItem[]): [Playout, readonly ApiSoldItem[]] {
  const byId = new Map(items.map(item => [item.id, item]))
  const known = new Set<string>()
  const take = (item: ApiSoldItem): ApiSoldItem => {
    const newer = byId.get(item.id)
    if (newer === undefined) return item
    known.add(item.id)
    return newer
  }
  const rows = state.rows.map(row => (row.kind === 'item' ? { ...row, item: take(row.item) } : row))
  const waiting = state.waiting.map(take)
  return [{ ...state, rows, waiting }, [...byId.values()].filter(item => !known.has(item.id))]
}

/** Says as a number what the server left out of a burst. */
export function leaveOut(state: Playout, count: number, nowMs: number): Playout {
  if (count <= 0) return state
  return {
    ...state,
    rows: addBurst(state.rows, count, nowMs).slice(0, MAX_ROWS),
    played: state.played + count,
  }
}

/**
 * Takes in items from the server. `paced` false shows them at once (catching up). When nothing waits, the
 * first that is not late is due now and the others at their own distance from it; while some wait, the delay
 * stays.
 */
export function enqueue(
  state: Playout,
  items: readonly ApiSoldItem[],
  nowMs: number,
  paced: boolean,
): Playout {
  const [replaced, fresh] = replaceKnown(state, items)
  if (fresh.length === 0) return replaced
  const added = [...fresh].sort(bySoldAt)
  if (!paced) {
    const all = [...replaced.waiting, ...added].sort(bySoldAt).reverse()
    const rows = [...all.map(item => itemRow(item, false)), ...replaced.rows].slice(0, MAX_ROWS)
    return { ...replaced, rows, waiting: [], played: replaced.played + all.length }
  }
  const waiting = [...replaced.waiting, ...added].sort(bySoldAt).slice(-MAX_WAITING)
  if (replaced.waiting.length > 0)
    return { ...replaced, waiting, delayMs: bounded(replaced.delayMs, waiting, nowMs) }
  const first = waiting.find(item => nowMs - item.soldAtMs <= MAX_DELAY_MS)
  const wanted = first === undefined ? replaced.delayMs : nowMs - first.soldAtMs
  return { ...replaced, waiting, delayMs: bounded(wanted, waiting, nowMs) }
}

const bounded = (delayMs: number, waiting: readonly ApiSoldItem[], nowMs: number): number =>
  Math.min(delayMs, nowMs + MAX_HOLD_MS - waiting.at(-1)!.soldAtMs)

function addBurst(rows: readonly TickerRow[], count: number, nowMs: number): readonly TickerRow[] {
  const at = rows.findIndex(row => row.kind === 'burst')
  const open = rows[at]
  if (open?.kind === 'burst' && nowMs - open.startedMs < BURST_MS) {
    const grown: BurstRow = {
      ...open,
      count: open.count + count,
      spanMs: nowMs - open.startedMs + ROW_EVERY_MS,
    }
    return rows.map((row, i) => (i === at ? grown : row))
  }
  const row: BurstRow = {
    kind: 'burst',
    key: `burst-${nowMs}`,
    count,
    startedMs: nowMs,
    spanMs: ROW_EVERY_MS,
  }
  return [row, ...rows]
}

/**
 * The state at `nowMs`: at most one more item row, and only `ROW_EVERY_MS` after the last. Same object if
 * nothing moves.
 */
export function advance(state: Playout, nowMs: number): Playout {
  if (nowMs - state.lastRowMs < ROW_EVERY_MS) return state
  const due = state.waiting.findIndex(item => item.soldAtMs + state.delayMs > nowMs)
  const dueCount = due === -1 ? state.waiting.length : due
  if (dueCount === 0) return state
  const skipped = dueCount > MAX_DUE ? dueCount - 1 : 0
  const item = state.waiting[skipped]!
  const rows = skipped === 0 ? state.rows : addBurst(state.rows, skipped, nowMs)
  return {
    ...state,
    rows: [itemRow(item, true), ...rows].slice(0, MAX_ROWS),
    waiting: state.waiting.slice(skipped + 1),
    lastRowMs: nowMs,
    played: state.played + skipped + 1,
  }
}
