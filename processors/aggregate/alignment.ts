// Alignment: makes one order out of several source partitions, so that what they fired together counts
// together.
import type { Resume } from './resume.ts'

interface Queued<T> {
  readonly record: T
  readonly resume: Resume
}

interface Source<T> {
  readonly queue: Queued<T>[]
  /** upToMs of the ticks in the queue, in order. */
  readonly ticks: number[]
  watermarkMs: number
}

/** What comes out: the records of a round, then its tick. */
export interface Aligned<T> {
  record(record: T, here: Resume): void
  tick(upToMs: number, here: Resume): void
}

/**
 * Records of a source are held back until every source has reached the tick that follows them; then rounds
 * come out in the order of their ticks, sources in the order of their numbers. The result depends on the
 * contents of the sources alone, not on how they were interleaved.
 */
export class Alignment<T> {
  readonly #sources: readonly Source<T>[]
  readonly #out: Aligned<T>
  #watermarkMs: number | null
  /** Where to start again to see all that is queued. */
  #heldFrom: Resume | null = null

  constructor(sources: number, watermarkMs: number | null, out: Aligned<T>) {
    this.#sources = Array.from({ length: sources }, () => ({
      queue: [],
      ticks: [],
      watermarkMs: watermarkMs ?? Number.NEGATIVE_INFINITY,
    }))
    this.#out = out
    this.#watermarkMs = watermarkMs
  }

  /** A record of `source`; `tickMs` is its upToMs where it is a tick, else null. */
  push(source: number, record: T, tickMs: number | null, offset: number): void {
    const from = this.#sources[source]
    if (from === undefined) return
    const resume = this.#heldFrom ?? { offset, watermarkMs: this.#watermarkMs }
    if (tickMs !== null && tickMs <= (from.ticks.at(-1) ?? from.watermarkMs)) return
    this.#heldFrom = resume
    from.queue.push({ record, resume })
    if (tickMs === null) return
    from.ticks.push(tickMs)
    while (this.#round());
  }

  /** What a restart needs for what is held back; `next` where nothing is. */
  oldest(next: Resume): Resume {
    return this.#heldFrom ?? next
  }

  /** Lets one round out; false where some source has not reached it. */
  #round(): boolean {
    let roundMs = Number.POSITIVE_INFINITY
    for (const { ticks } of this.#sources) if (ticks[0] !== undefined) roundMs = Math.min(roundMs, ticks[0])
    if (roundMs === Number.POSITIVE_INFINITY) return false
    for (const source of this.#sources)
      if (source.ticks.length === 0 && source.watermarkMs < roundMs) return false
    let last: Resume | null = null
    for (const source of this.#sources) last = this.#release(source, roundMs) ?? last
    this.#watermarkMs = Math.max(this.#watermarkMs ?? roundMs, roundMs)
    this.#out.tick(roundMs, last!)
    this.#heldFrom = this.#oldestQueued()
    return true
  }

  /**
   * Lets out a source's records up to its next tick; answers where that stood if it is the tick of this
   * round. A later tick stays: the source never got this one, and what it had counted by then is in time.
   */
  #release(source: Source<T>, roundMs: number): Resume | null {
    let released = 0
    for (const { record, resume } of source.queue) {
      if (!isTick(record)) {
        released++
        this.#out.record(record, resume)
        continue
      }
      const isItsOwn = source.ticks[0] === roundMs
      source.queue.splice(0, isItsOwn ? released + 1 : released)
      if (!isItsOwn) return null
      source.ticks.shift()
      source.watermarkMs = roundMs
      return resume
    }
    return null
  }

  #oldestQueued(): Resume | null {
    let oldest: Resume | null = null
    for (const { queue } of this.#sources) {
      const head = queue[0]?.resume
      if (head !== undefined && (oldest === null || head.offset < oldest.offset)) oldest = head
    }
    return oldest
  }
}

function isTick(record: unknown): boolean {
  return (record as { readonly kind: string }).kind === 'tick'
}
