// The appends that a plan becomes: bounded in size, the tick alone in the last of them.
import type { Entry } from '../infra/ports.ts'
import { partitionOf } from '../schemas/partition.ts'
import type { FeedRecord } from '../schemas/records.ts'
import { hashOf } from './core/identity.ts'
import type { PollPlan, Refused } from './core/poll-plan.ts'

export const STAGE = 'poll'

/** One append is written as one transaction: some megabytes at most, whatever the answer's size. */
const MAX_APPEND_RECORDS = 5_000
const MAX_APPEND_CHARS = 4_000_000
/** As `DeadLetter.bytes` says. */
const MAX_BYTES = 65_536
const buffer = new Uint8Array(MAX_BYTES)
const encoder = new TextEncoder()

/** The beginning of a text: at most 64 KiB of UTF-8, whole characters. */
function atMostMaxBytes(text: string): string {
  return text.slice(0, encoder.encodeInto(text, buffer).read)
}

/** The dead letter of one refused text. Its id depends on what came, not on when: a repeat replaces. */
export function deadLetterOf({ reason, message, text }: Refused, atMs: number): Entry {
  const bytes = atMostMaxBytes(text)
  const id = hashOf(STAGE, reason, text)
  const nowhere = { topic: null, partition: null, offset: null }
  return {
    topic: 'dead-letters',
    partition: 0,
    record: { kind: 'dead-letter', id, stage: STAGE, ...nowhere, reason, message, bytes, atMs },
  }
}

function charsOf(entry: Entry): number {
  const { record } = entry
  if (record.kind === 'basket') return record.text.length
  return record.kind === 'dead-letter' ? record.bytes.length : 0
}

/** Cuts a list into runs of bounded length; each has at least one entry. */
function chunked(entries: readonly Entry[]): Entry[][] {
  const chunks: Entry[][] = []
  let chars = 0
  for (const entry of entries) {
    const last = chunks.at(-1)
    chars += charsOf(entry)
    if (last === undefined || last.length >= MAX_APPEND_RECORDS || chars > MAX_APPEND_CHARS) {
      chunks.push([entry])
      chars = charsOf(entry)
    } else last.push(entry)
  }
  return chunks
}

/**
 * Dead letters, then baskets in event-time order; then, each in an append of its own, the gap for every
 * partition and the tick for every partition that has not got it yet. An append may be written in part, and
 * not evenly over the partitions: so a tick goes out only when all baskets and gaps before it are there, in
 * whatever partition. (A tick makes the next poller begin behind it: a gap that some lack would stay so.)
 */
export function appendsOf(
  plan: PollPlan,
  lastTicksMs: readonly (number | null)[],
  partitions: number,
  nowMs: number,
): readonly (readonly Entry[])[] {
  const entry = (partition: number, record: FeedRecord): Entry => ({ topic: 'feed', partition, record })
  const letters = plan.refused.map(refused => deadLetterOf(refused, nowMs))
  const baskets = plan.baskets.map(basket => entry(partitionOf(basket.id, partitions), basket))
  const gaps: Entry[] = []
  const ticks: Entry[] = []
  const { gap, tickMs } = plan
  for (let p = 0; p < partitions; p++) {
    if (gap !== null) gaps.push(entry(p, { kind: 'gap', ...gap, reason: 'feed-skipped' }))
    if (tickMs !== null && tickMs > (lastTicksMs[p] ?? -1))
      ticks.push(entry(p, { kind: 'tick', upToMs: tickMs }))
  }
  return [...chunked([...letters, ...baskets]), gaps, ticks].filter(entries => entries.length > 0)
}
