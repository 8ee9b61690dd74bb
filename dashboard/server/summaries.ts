// Answers that many ask for at once: computed once per question and watermark, whoever asks.
import { LRUCache } from 'lru-cache'
import type { Clock, History, Telemetry } from '../../infra/ports.ts'
import type { HistoryExtent, RangeTotals, SalesFilter, SoldItem } from '../../schemas/history.ts'
import { NO_FILTER } from '../../schemas/history.ts'
import { DAY_MS, floorTo, MINUTE_MS } from '../../schemas/time.ts'
import type { Summary } from '../core/api.ts'
import { formatViewQuery, type ViewQuery } from '../core/query.ts'
import { pauseAfter } from './hub.ts'
import type { Present } from './intake.ts'
import { createLimiter } from './limiter.ts'
import { summarise } from './summary.ts'

/** How often the watermark is looked at: one small query, whatever the number of browsers. */
export const WATERMARK_POLL_MS = 1_000
/** Some 30 KB each. */
const MAX_ANSWERS = 500
/** Late sales and amendments change the past without moving the watermark: not older than this. */
const MAX_AGE_MS = 60_000
/** Views computed side by side; each puts a dozen questions to the history. */
const VIEWS_AT_ONCE = 3
/** The rate shown is the mean of this many minutes before the watermark. */
const RATE_MINUTES = 10

/** Totals that the status line needs, as of one watermark. */
export interface Pulse {
  readonly lastDay: RangeTotals
  readonly itemsPerMinute: number
}

export interface Summaries {
  /** As of the last look, at most `WATERMARK_POLL_MS` old while the history answers. */
  extent(): HistoryExtent
  summary(query: ViewQuery): Promise<Summary>
  /** The newest sales of the history; may lag behind the log. */
  recent(filter: SalesFilter, limit: number): Promise<readonly SoldItem[]>
  /** Null where there is no watermark yet. */
  pulse(): Promise<Pulse | null>
  /** Any other question that depends on the watermark alone; `name` is its identity. */
  once<T extends object>(name: string, ask: () => Promise<T>): Promise<T>
  /** Called after the watermark moved; the next look waits for it. Returns how to stop. */
  onMoved(listener: () => Promise<void>): () => void
  close(): Promise<void>
}

export interface SummariesOptions {
  readonly history: History
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly present: Present
  readonly presentArt: (artUrl: string | null) => string | null
}

function createAnswers(clock: Clock, watermark: () => number | null) {
  const answers = new LRUCache<string, Promise<object>>({
    max: MAX_ANSWERS,
    ttl: MAX_AGE_MS,
    ttlResolution: 0,
    perf: { now: () => clock.nowMs() },
  })
  return <T extends object>(name: string, ask: () => Promise<T>): Promise<T> => {
    const id = `${watermark()} ${name}`
    const held = answers.get(id) as Promise<T> | undefined
    if (held !== undefined) return held
    const asked = ask()
    answers.set(id, asked)
    // A failure is told to those who waited for it, and to nobody after them.
    asked.catch(() => answers.delete(id))
    return asked
  }
}

async function askPulse(history: History, watermarkMs: number): Promise<Pulse> {
  const toMs = floorTo(watermarkMs, MINUTE_MS)
  const [lastDay, lastMinutes] = await Promise.all([
    history.totals({ fromMs: toMs - DAY_MS, toMs, filter: NO_FILTER }),
    history.totals({ fromMs: toMs - RATE_MINUTES * MINUTE_MS, toMs, filter: NO_FILTER }),
  ])
  return { lastDay, itemsPerMinute: lastMinutes.items / RATE_MINUTES }
}

/** Looks at the watermark until `close`. Rejects where the history does not answer the first look. */
export async function startSummaries(options: SummariesOptions): Promise<Summaries> {
  const { history, clock, telemetry, present, presentArt } = options
  const stopped = new AbortController()
  const limited = createLimiter(VIEWS_AT_ONCE)
  const listeners = new Set<() => Promise<void>>()
  let extent = await history.extent()
  const once = createAnswers(clock, () => extent.watermarkMs)

  async function look(): Promise<void> {
    const found = await history.extent()
    const moved = found.watermarkMs !== extent.watermarkMs
    extent = found
    if (moved) for (const listener of listeners) await listener()
  }

  async function watch(): Promise<void> {
    while (!stopped.signal.aborted) {
      await clock.sleep(WATERMARK_POLL_MS, stopped.signal)
      if (stopped.signal.aborted) return
      try {
        await look()
      } catch (error) {
        await pauseAfter(error, 'dashboard: asking the history', { clock, telemetry }, stopped.signal)
      }
    }
  }
  const done = watch()

  return {
    extent: () => extent,
    once,
    summary(query) {
      const asked = { history, query, extent, nowMs: clock.nowMs(), presentArt }
      return once(`summary ${formatViewQuery(query)}`, () => limited(() => summarise(asked)))
    },
    recent: (filter, limit) =>
      once(`recent ${limit} ${JSON.stringify(filter)}`, async () =>
        (await history.recent(filter, limit, null)).map(present),
      ),
    async pulse() {
      const { watermarkMs } = extent
      return watermarkMs === null ? null : once('pulse', () => askPulse(history, watermarkMs))
    },
    onMoved(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      stopped.abort()
      await done
    },
  }
}
