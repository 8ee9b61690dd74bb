// The peers in the table: what others do, on the same sales, each as good as its threshold can make it.
import { type Key, keyOf } from '../../../schemas/keys.ts'
import type { SaleItem, SalesRecord } from '../../../schemas/records.ts'
import { floorTo, HOUR_MS } from '../../../schemas/time.ts'
import { median } from './quantile.ts'
import type { JudgedAlert } from './score.ts'

const HOURS_A_DAY = 24
/** The original's least count in an hour; the others use it too, as nothing else keeps rare keys quiet. */
const LEAST = 10
const HISTORY_DAYS = 28
/** A key needs so many days at an hour before it has a spread there. */
const LEAST_DAYS = 7
/** MAD times this estimates a standard deviation where values are normal. */
const MAD_TO_SD = 1.4826
/** A key that has alerted stays quiet for so long: six hours, as ours. */
const QUIET_MS = 6 * HOUR_MS
/** By hand: no alerts while the market runs above so many times its usual, or below this part of it. */
const MUTED = { above: 2.5, below: 0.5 }

export const PEERS = ['± % on the previous hour', '± % on 24 hours', 'robust z by hour of day'] as const

/** One hour of one key that a peer might alert on; a higher score is more unusual. */
interface Candidate {
  readonly key: Key
  readonly hourMs: number
  readonly up: boolean
  readonly score: number
}

/** Counts items by hour (as the original does) and keeps what each peer would look at. */
export class Peers {
  readonly #candidates: readonly Candidate[][] = PEERS.map(() => [])
  readonly #hours: Map<Key, number>[] = []
  #day = new Map<Key, number>()
  readonly #history = new Map<Key, Uint16Array>()
  readonly #market: number[] = []
  #current = new Map<Key, number>()
  #hourMs = Number.NaN
  #hour = 0
  #gapUntilMs = Number.NEGATIVE_INFINITY

  handle(records: readonly SalesRecord[]): void {
    for (const record of records) {
      if (record.kind === 'gap') this.#gapUntilMs = Math.max(this.#gapUntilMs, record.toMs)
      if (record.kind === 'sale') for (const item of record.items) this.#count(item)
      if (record.kind !== 'tick') continue
      const hourMs = floorTo(record.upToMs, HOUR_MS)
      if (Number.isNaN(this.#hourMs)) this.#hourMs = hourMs
      if (hourMs > this.#hourMs) this.#endHour(hourMs)
    }
  }

  /** The alerts of a peer at a threshold. */
  alerts(peer: number, threshold: number): readonly JudgedAlert[] {
    const quiet = new Map<string, number>()
    return this.#candidates[peer]!.flatMap(({ key, hourMs, up, score }) => {
      const mark = `${up}${key}`
      if (score < threshold || (quiet.get(mark) ?? 0) > hourMs) return []
      quiet.set(mark, hourMs + QUIET_MS)
      const kind = up ? ('rise' as const) : ('drop' as const)
      return [{ kind, key, openedAtMs: hourMs, closedAtMs: hourMs + HOUR_MS, score, says: '' }]
    })
  }

  #count({ genre, country, artistHost, tags }: SaleItem): void {
    const keys = [keyOf('artist', artistHost), ...tags.map(tag => keyOf('tag', tag))]
    if (genre !== null) keys.push(keyOf('genre', genre))
    if (country !== null) keys.push(keyOf('country', country))
    for (const key of ['all', ...keys]) this.#current.set(key, (this.#current.get(key) ?? 0) + 1)
  }

  #endHour(hourMs: number): void {
    const isMuted = this.#isMuted(hourMs)
    const previous = this.#hours.at(-1)
    for (const key of new Set([...this.#current.keys(), ...(previous?.keys() ?? [])])) {
      const n = this.#current.get(key) ?? 0
      if (key === 'all') continue
      const before = previous?.get(key) ?? 0
      if (Math.max(n, before) >= LEAST) this.#add(0, key, hourMs, n, before)
      const mean = (this.#day.get(key) ?? 0) / HOURS_A_DAY
      if (this.#hours.length === HOURS_A_DAY && Math.max(n, mean) >= LEAST) this.#add(1, key, hourMs, n, mean)
    }
    if (!isMuted) this.#robust(hourMs)
    this.#remember()
    this.#hourMs = hourMs
  }

  #add(peer: number, key: Key, hourMs: number, n: number, before: number): void {
    const ratio = Math.max((n + 1) / (before + 1), (before + 1) / (n + 1))
    // The original's own threshold is a half up or down; nothing below it is ever asked for.
    if (ratio >= 1.5) this.#candidates[peer]!.push({ key, hourMs, up: n > before, score: ratio })
  }

  #robust(hourMs: number): void {
    for (const [key, history] of this.#history) {
      const values: number[] = []
      for (let day = 1; day <= HISTORY_DAYS; day++) {
        const at = this.#hour - day * HOURS_A_DAY
        if (at >= 0) values.push(history[at % history.length]!)
      }
      if (values.length < LEAST_DAYS) continue
      const middle = median(values)
      const spread = Math.max(
        1,
        MAD_TO_SD * median(values.map(value => Math.abs(value - middle))),
        Math.sqrt(middle),
      )
      const n = this.#current.get(key) ?? 0
      const z = (n - middle) / spread
      if (Math.max(n, middle) >= LEAST && Math.abs(z) >= 3) {
        this.#candidates[2]!.push({ key, hourMs, up: z > 0, score: Math.abs(z) })
      }
    }
  }

  #isMuted(hourMs: number): boolean {
    const n = this.#current.get('all') ?? 0
    this.#market.push(n)
    const past = this.#market.slice(-HISTORY_DAYS * HOURS_A_DAY, -1)
    const usual = past.length === 0 ? n : median(past.filter((_, i) => (past.length - i) % HOURS_A_DAY === 0))
    const isOff = n > MUTED.above * usual || n < MUTED.below * usual
    return isOff || this.#gapUntilMs > hourMs - HOUR_MS
  }

  #remember(): void {
    for (const [key, n] of this.#current) {
      if (n >= 4 && !this.#history.has(key))
        this.#history.set(key, new Uint16Array(HISTORY_DAYS * HOURS_A_DAY))
      this.#day.set(key, (this.#day.get(key) ?? 0) + n)
    }
    for (const [key, history] of this.#history)
      history[this.#hour % history.length] = this.#current.get(key) ?? 0
    this.#hours.push(this.#current)
    if (this.#hours.length > HOURS_A_DAY) {
      for (const [key, n] of this.#hours.shift()!) {
        const left = this.#day.get(key)! - n
        if (left > 0) this.#day.set(key, left)
        else this.#day.delete(key)
      }
    }
    this.#current = new Map()
    this.#hour++
  }
}
