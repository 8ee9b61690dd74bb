// Dead letters as the log tells them, and what becomes of one that is sent again.
import { normaliseBasket } from '../../producers/core/normalise.ts'
import { readBasket } from '../../producers/core/poll-plan.ts'
import { partitionOf } from '../../schemas/partition.ts'
import type { Basket, DeadLetter, Settled } from '../../schemas/records.ts'
import { DAY_MS } from '../../schemas/time.ts'
import type { EventLog } from '../ports.ts'

const READ_RECORDS = 1_000
/** Of them 64 KiB each at most; older ones are counted and left out. */
export const MAX_LETTERS = 10_000

export interface Letter {
  readonly letter: DeadLetter
  /** What became of it; null: it is open. */
  readonly settled: Settled | null
}

export interface Letters {
  /** Oldest first; the newest `MAX_LETTERS`. */
  readonly letters: readonly Letter[]
  readonly leftOut: number
}

/** All that the log holds, each once. `openOnly`: those alone that nothing became of yet. */
export async function readLetters(log: EventLog, openOnly: boolean): Promise<Letters> {
  const letters = new Map<string, DeadLetter>()
  const settled = new Map<string, Settled>()
  const leftOut = new Set<string>()
  for (const [partition, { start, end }] of (await log.bounds('dead-letters')).entries()) {
    for (let at = start; at < end; ) {
      const { records, firstOffset } = await log.read('dead-letters', partition, at, READ_RECORDS)
      if (records.length === 0) break
      for (const record of records) {
        if (record.kind === 'dead-letter') letters.set(record.id, record)
        else if (!settled.has(record.letterId)) settled.set(record.letterId, record)
        if (openOnly && record.kind === 'settled') letters.delete(record.letterId)
      }
      for (const id of letters.keys()) {
        if (letters.size <= MAX_LETTERS) break
        letters.delete(id)
        leftOut.add(id)
      }
      at = firstOffset + records.length
    }
  }
  const all = [...letters.values()].map(letter => ({ letter, settled: settled.get(letter.id) ?? null }))
  return {
    letters: openOnly ? all.filter(each => each.settled === null) : all,
    leftOut: [...leftOut].filter(id => !openOnly || !settled.has(id)).length,
  }
}

export type Remedy =
  /** It can be read now: this goes into `feed`, there. */
  | { readonly kind: 'readable'; readonly basket: Basket; readonly partition: number }
  /** It would become a dead letter again. */
  | { readonly kind: 'refused'; readonly message: string }
  /** What is left of it is not what came. */
  | { readonly kind: 'lost'; readonly message: string }

/**
 * What sending a letter again would do, with the rules of this program: a basket whose item was refused is
 * read from `feed` once more, an event that the poller refused from the letter itself. Changes nothing.
 */
export async function remedyOf(log: EventLog, letter: DeadLetter, nowMs: number): Promise<Remedy> {
  if (letter.topic === 'feed' && letter.stage === 'enrich') return basketRemedy(log, letter)
  if (letter.stage === 'poll') return eventRemedy(letter, nowMs, log.partitions('feed'))
  return { kind: 'lost', message: `what ${letter.stage} could not read is kept to be looked at only` }
}

async function basketRemedy(log: EventLog, { partition, offset, bytes }: DeadLetter): Promise<Remedy> {
  const { firstOffset, records } = await log.read('feed', partition ?? 0, offset ?? 0, 1)
  const record = records[0]
  // Where that offset is past its retention, reading goes on behind it: with another basket.
  if (record?.kind !== 'basket' || firstOffset !== offset) {
    return {
      kind: 'lost',
      message: `feed ${partition}/${offset} is no basket: was it dropped, or is this another log?`,
    }
  }
  // A letter holds the beginning of what was refused.
  const again = normaliseBasket(record).rejected.find(({ text }) => text.startsWith(bytes))
  if (again !== undefined) return { kind: 'refused', message: `${again.reason}: ${again.message}` }
  return { kind: 'readable', basket: record, partition: partition ?? 0 }
}

function eventRemedy({ bytes, reason }: DeadLetter, nowMs: number, partitions: number): Remedy {
  if (reason === 'clock') return { kind: 'lost', message: 'it speaks of the answer’s clock, not of a sale' }
  const read = readBasket(bytes, nowMs + DAY_MS)
  if (!read.ok) return { kind: 'refused', message: `${read.refused.reason}: ${read.refused.message}` }
  return { kind: 'readable', basket: read.basket, partition: partitionOf(read.basket.id, partitions) }
}

/** What was sold goes first: should the rest be lost, the letter stays open and may be sent once more. */
export async function resend(
  log: EventLog,
  letter: DeadLetter,
  { basket, partition }: Extract<Remedy, { kind: 'readable' }>,
  nowMs: number,
): Promise<void> {
  await log.append([{ topic: 'feed', partition, record: basket }])
  await settle(log, [letter], 'resent', '', nowMs)
}

export async function settle(
  log: EventLog,
  letters: readonly DeadLetter[],
  how: Settled['how'],
  note: string,
  nowMs: number,
): Promise<void> {
  const record = (letter: DeadLetter): Settled => ({
    kind: 'settled',
    letterId: letter.id,
    how,
    note,
    atMs: nowMs,
  })
  await log.append(letters.map(each => ({ topic: 'dead-letters', partition: 0, record: record(each) })))
}
