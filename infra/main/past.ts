// Polls the simulated world's past in steps, as fast as the stages behind it can follow.
import { createPoller } from '../../producers/poll.ts'
import type { World } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed } from '../../producers/simulator/feed.ts'
import { recordTimeMs } from '../../schemas/record-time.ts'
import { type Interval, MINUTE_MS } from '../../schemas/time.ts'
import type { Clock, EventLog, PageCache, PageFacts, Telemetry } from '../ports.ts'
import type { LogPlace } from './open-log.ts'
import type { StageConfig } from './stages.ts'

/** What is to be written, and where: handed to a process of its own as a message. */
export interface PastWork extends Interval {
  readonly log: LogPlace
  readonly seed: number
  readonly volume: number
  readonly config: StageConfig
}

/** After a minute ends, the feed takes this long to show it. */
export const PUBLICATION_LAG_MS = 11_000

/** Each answer of the past spans this much. */
const STEP_MS = 20 * MINUTE_MS
/** The poller runs ahead of `enrich` by at most so many records. */
const AHEAD_MAX_RECORDS = 20_000
const AHEAD_CHECK_MS = 20
/** Amendments of older sales may stand behind the last tick: so many, at most, before we look again. */
const TAIL_RECORDS = 500

export interface PastParts {
  readonly log: EventLog
  readonly world: World
  readonly work: PastWork
  /** For waiting only: the past has a clock of its own. */
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Resolves when the log has a tick at or after `work.toMs`. */
export async function pollPast({ log, world, work, clock, telemetry }: PastParts): Promise<void> {
  const { fromMs, toMs } = work
  const overlapMs = work.config.feedOverlapMs
  let nowMs = fromMs + 2 * MINUTE_MS + PUBLICATION_LAG_MS
  const pastClock: Clock = { nowMs: () => nowMs, sleep: clock.sleep }
  const clampMs = STEP_MS + overlapMs + MINUTE_MS
  const feed = createSimulatedFeed({ world, clock: pastClock, clampMs })
  const options = { overlapMs }
  const poller = createPoller({ log, feed, clock: pastClock, telemetry, random: () => 0, options })
  for (;;) {
    await poller.runOnce()
    if (nowMs - PUBLICATION_LAG_MS >= toMs) return
    nowMs = Math.min(nowMs + STEP_MS, toMs + PUBLICATION_LAG_MS)
    while ((await recordsAhead(log)) > AHEAD_MAX_RECORDS) await clock.sleep(AHEAD_CHECK_MS)
  }
}

async function recordsAhead(log: EventLog): Promise<number> {
  const [ends, read] = await Promise.all([log.bounds('feed'), log.committed('enrich', 'feed')])
  return ends.reduce((sum, { end }, p) => sum + end - (read[p]?.offset ?? 0), 0)
}

/** Event time that a topic has reached, as the records at its end tell; null where it is empty. */
export async function writtenUpTo(
  log: EventLog,
  topic: 'feed' | 'sales',
  partition: number,
): Promise<number | null> {
  const bounds = (await log.bounds(topic))[partition]
  if (bounds === undefined || bounds.end === bounds.start) return null
  const from = Math.max(bounds.start, bounds.end - TAIL_RECORDS)
  const { records } = await log.read(topic, partition, from, TAIL_RECORDS)
  return records.length === 0 ? null : Math.max(...records.map(recordTimeMs))
}

/** Resolves when `enrich`, wherever it runs, has handled the feed up to that time. */
export async function enrichedUpTo(log: EventLog, toMs: number, clock: Clock): Promise<void> {
  const partitions = Array.from({ length: log.partitions('sales') }, (_, partition) => partition)
  for (;;) {
    const times = await Promise.all(partitions.map(partition => writtenUpTo(log, 'sales', partition)))
    if (times.every(time => time !== null && time >= toMs)) return
    await clock.sleep(AHEAD_CHECK_MS)
  }
}

/** What the world's pages say, at once: reading them one by one would take longer than the past did. */
export function worldFacts(world: World): PageCache {
  return {
    lookup: async pages => {
      const known = new Map<string, { readonly facts: PageFacts; readonly exact: boolean }>()
      for (const { url } of pages) {
        const facts = world.pageFacts(url)
        if (facts !== null) known.set(url, { facts, exact: true })
      }
      return known
    },
    remember: async () => {},
  }
}
