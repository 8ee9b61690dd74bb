// Draws when and whom movements of a labelled world meet: each key is left alone for days between two.
import type { Key } from '../../../../schemas/keys.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../../schemas/time.ts'
import { rankOf } from '../artists.ts'
import { Rng } from '../random.ts'
import { quarterAfterMs } from './growth.ts'
import type { Movement } from './labels.ts'

export interface Plan {
  readonly fromMs: number
  /** Where scoring begins. */
  readonly scoreFromMs: number
  readonly toMs: number
}

const LABELS = 81

export class Planner {
  readonly movements: Movement[] = []
  readonly seed: number
  readonly #rng: Rng
  readonly #plan: Plan
  readonly #taken = new Map<Key, [number, number][]>()

  constructor(seed: number, plan: Plan) {
    this.seed = seed
    this.#rng = new Rng(seed, LABELS)
    this.#plan = plan
  }

  hours(from: number, to: number): number {
    return Math.round(from * HOUR_MS + this.#rng.unit() * (to - from) * HOUR_MS)
  }

  between([from, to]: readonly [number, number]): number {
    return from + this.#rng.int(to - from)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#rng.int(list.length)]!
  }

  /** A rank as sales have it, between two. */
  rankBySales([from, to]: readonly [number, number]): number {
    for (;;) {
      const rank = rankOf(this.#rng.unit())
      if (rank >= from && rank < to) return rank
    }
  }

  /**
   * Adds a movement of `lastsMs` at a free time of its key; a key that moved is left alone for four days, so
   * that each is seen against ordinary times.
   */
  add(
    kind: string,
    keyOf: () => { key: Key; what: Movement['what'] },
    lastsMs: number,
    size: string,
    options: { direction?: 1 | -1; neutral?: boolean; falseFriend?: boolean } = {},
  ): void {
    const { scoreFromMs, toMs } = this.#plan
    for (let attempt = 0; attempt < 60; attempt++) {
      const latest = toMs - lastsMs - 4 * HOUR_MS
      const startMs =
        Math.round((scoreFromMs + this.#rng.unit() * (latest - scoreFromMs)) / MINUTE_MS) * MINUTE_MS
      const { key, what } = keyOf()
      const spans = this.#taken.get(key) ?? []
      const endMs = startMs + lastsMs
      if (latest < scoreFromMs || spans.some(([a, b]) => startMs < b + 4 * DAY_MS && a < endMs + 4 * DAY_MS))
        continue
      this.#taken.set(key, [...spans, [startMs, endMs]])
      const { direction = 1, neutral = false, falseFriend = false } = options
      const quarterMs = 'riseMs' in what ? startMs + quarterAfterMs(what.riseMs) : null
      const id = this.movements.length
      const plateauPerDay = 'riseMs' in what ? what.perDay : null
      const span = { startMs, endMs, quarterMs }
      const label = { id, kind, key, direction, ...span, neutral, falseFriend, size, plateauPerDay }
      this.movements.push({ label, what })
      return
    }
  }
}
