// A recorded feed: answers as Bandcamp's does, with the events of a capture when the clock reaches them.
import type { Clock, FeedAnswer, SalesFeed } from '../../infra/ports.ts'
import type { Basket, FeedRecord } from '../../schemas/records.ts'
import { floorTo, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'

export interface RecordedFeedOptions {
  /** The records of `feed` as they were captured, from the beginning, in order; may be asked for again. */
  readonly records: () => AsyncIterator<FeedRecord>
  /** Where the capture begins. */
  readonly fromMs: number
  /** Time as it was then: the feed shows what was captured up to its now. */
  readonly clock: Clock
}

/** What a poll of the capture brought, or a minute of it: events, and the stretch that it missed before. */
interface Round {
  readonly tickMs: number
  readonly gapToMs: number | null
  readonly texts: readonly string[]
}

/** An answer spans about this much, as the widest of the real feed do. */
const WIDEST_MS = 10 * MINUTE_MS
/** What has been shown is kept for pollers that ask again, with an overlap of five minutes at most. */
const KEEP_MS = 15 * MINUTE_MS

/**
 * Sales come out minute by minute, late ones with the poll that found them, a gap as an answer that starts
 * behind it. Whoever chains `end_date` gets every event, however far the clock has gone on meanwhile; after
 * the last one the feed stays where it is.
 */
export function createRecordedFeed(options: RecordedFeedOptions): SalesFeed {
  const { clock, fromMs } = options
  const rounds = new Rounds(options)
  /** The highest `end_date` ever answered. */
  let shownMs = Number.NEGATIVE_INFINITY
  return {
    async get(startMs): Promise<FeedAnswer> {
      const nowMs = clock.nowMs()
      const askedMs = startMs ?? fromMs
      const known = await rounds.from(askedMs, Math.min(nowMs, Math.max(askedMs, shownMs) + WIDEST_MS))
      const serverTime = Math.floor(nowMs / SECOND_MS)
      const chosen = choose(known, { askedMs, nowMs, shownMs })
      const last = chosen.at(-1)
      if (last === undefined) return { kind: 'body', text: JSON.stringify({ server_time: serverTime }) }
      shownMs = Math.max(shownMs, last.tickMs)
      const start = Math.floor(startOf(chosen, askedMs) / SECOND_MS)
      const bounds = `"start_date":${start},"end_date":${last.tickMs / SECOND_MS}`
      const events = chosen.flatMap(round => round.texts).join(',')
      return { kind: 'body', text: `{${bounds},"events":[${events}],"server_time":${serverTime}}` }
    },
  }
}

/** Where it was asked for, or behind the gap. */
function startOf(chosen: readonly Round[], askedMs: number): number {
  const gapToMs = chosen.length === 1 ? chosen[0]!.gapToMs : null
  if (gapToMs !== null && askedMs < gapToMs) return gapToMs
  return askedMs
}

interface Asked {
  readonly askedMs: number
  readonly nowMs: number
  readonly shownMs: number
}

/** The rounds of one answer. What a gap precedes comes alone, and only when all before it has been shown. */
function choose(rounds: readonly Round[], { askedMs, nowMs, shownMs }: Asked): readonly Round[] {
  const chosen: Round[] = []
  for (const round of rounds) {
    if (round.tickMs <= askedMs) continue
    if (round.tickMs > nowMs) break
    const isNew = round.tickMs > shownMs
    if (isNew && round.gapToMs !== null && askedMs < round.gapToMs) {
      const isFirst = chosen.every(({ tickMs }) => tickMs <= shownMs)
      return isFirst ? [round] : chosen
    }
    chosen.push(round)
    if (isNew && round.tickMs - askedMs >= WIDEST_MS) break
  }
  return chosen
}

/** The capture, read forward as it is asked for; from its beginning again where somebody goes back. */
class Rounds {
  readonly #options: RecordedFeedOptions
  #reader: AsyncIterator<FeedRecord>
  #rounds: Round[] = []
  #isOver = false
  /** Rounds up to here have been let go of. */
  #droppedMs = Number.NEGATIVE_INFINITY
  #tickMs: number
  #baskets: Basket[] = []
  #gapToMs: number | null = null

  constructor(options: RecordedFeedOptions) {
    this.#options = options
    this.#reader = options.records()
    this.#tickMs = options.fromMs
  }

  /** Rounds with a tick behind `fromMs`, at least up to the first one at or behind `untilMs`. */
  async from(fromMs: number, untilMs: number): Promise<readonly Round[]> {
    if (fromMs < this.#droppedMs) await this.#rewind()
    while (!this.#isOver && (this.#rounds.at(-1)?.tickMs ?? Number.NEGATIVE_INFINITY) < untilMs) {
      await this.#readRound()
      while (this.#rounds[0] !== undefined && this.#rounds[0].tickMs <= fromMs - KEEP_MS)
        this.#droppedMs = this.#rounds.shift()!.tickMs
    }
    return this.#rounds
  }

  async #rewind(): Promise<void> {
    await this.#reader.return?.()
    this.#reader = this.#options.records()
    this.#rounds = []
    this.#isOver = false
    this.#droppedMs = Number.NEGATIVE_INFINITY
    this.#tickMs = this.#options.fromMs
    this.#baskets = []
    this.#gapToMs = null
  }

  async #readRound(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.next()
      if (done === true) {
        this.#isOver = true
        // The capture ended in the middle of a poll.
        const newestMs = Math.max(...this.#baskets.map(basket => basket.soldAtMs))
        if (this.#baskets.length > 0) this.#close(newestMs + SECOND_MS)
        return
      }
      if (value.kind === 'tick') return this.#close(value.upToMs)
      if (value.kind === 'gap') this.#gapToMs = value.toMs
      else this.#baskets.push(value)
    }
  }

  /** A poll that brought more than a minute becomes one a minute; what came late comes with the last. */
  #close(upToMs: number): void {
    const tickMs = Math.floor(upToMs / SECOND_MS) * SECOND_MS
    let fromMs = Math.max(this.#tickMs, this.#gapToMs ?? this.#tickMs)
    let rest = this.#baskets
    for (let endMs = floorTo(fromMs, MINUTE_MS) + MINUTE_MS; endMs < tickMs; endMs += MINUTE_MS) {
      const isNow = ({ soldAtMs }: Basket) => soldAtMs >= fromMs && soldAtMs < endMs
      this.#add(endMs, rest.filter(isNow))
      rest = rest.filter(basket => !isNow(basket))
      fromMs = endMs
    }
    this.#add(tickMs, rest)
    this.#baskets = []
    this.#tickMs = tickMs
  }

  #add(tickMs: number, baskets: readonly Basket[]): void {
    this.#rounds.push({
      tickMs,
      gapToMs: this.#gapToMs,
      texts: baskets.map(basket => basket.text),
    })
    this.#gapToMs = null
  }
}
