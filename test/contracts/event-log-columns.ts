// The contract of `readColumns`: what counting reads is what `read` gives, packed, from any place in any
// pieces.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventLog } from '../../infra/ports.ts'
import { keyValueAt, type SalesColumns, salesColumns } from '../../schemas/sales-columns.ts'
import { textAt } from '../../schemas/texts.ts'
import { arbSalesLog } from '../support/sales.ts'
import type { MakeHarness } from './event-log-helpers.ts'

export function describeColumns(makeHarness: MakeHarness, numRuns: number): void {
  describe('columns', () => {
    test('[L30] columns of sales say what their records say, from any offset in pieces of any size', async () => {
      await fc.assert(
        fc.asyncProperty(
          arbSalesLog,
          fc.nat(),
          fc.integer({ min: 1, max: 50 }),
          fc.integer({ min: 1, max: 9 }),
          async (records, from, most, appends) => {
            const harness = await makeHarness({ partitions: 1 })
            const log = await harness.open()
            try {
              for (const part of pieces(records, Math.ceil(records.length / appends))) {
                await log.append(part.map(record => ({ topic: 'sales', partition: 0, record })))
              }
              const start = from % records.length
              expect(await readAll(log, start, most)).toEqual(unpacked(salesColumns(records.slice(start))))
            } finally {
              await log.close()
              await harness.remove()
            }
          },
        ),
        { numRuns },
      )
    })
  })
}

function pieces<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let i = 0; i < all.length; i += size) parts.push(all.slice(i, i + size))
  return parts
}

async function readAll(log: EventLog, from: number, most: number): Promise<unknown[]> {
  const all: unknown[] = []
  for (let next = from; ; ) {
    const { firstOffset, columns } = await log.readColumns(0, next, most)
    expect(firstOffset).toBe(next)
    if (columns.kinds.length === 0) return all
    expect(columns.kinds.length).toBeLessThanOrEqual(most)
    all.push(...unpacked(columns))
    next += columns.kinds.length
  }
}

/** Record by record, with keys written out: independent of how batches share a dictionary. */
function unpacked(columns: SalesColumns): unknown[] {
  const { kinds, timesMs, itemCounts, items, basketIds, gaps, keyDimensions, texts } = columns
  const key = (place: number) => `${keyDimensions[place]} ${keyValueAt(columns, place)}`
  let [at, basket, gap] = [0, 0, 0]
  return Array.from(kinds, (kind, i) => {
    if (kind === 2) return { kind, timeMs: timesMs[i] }
    if (kind === 3) return { kind, timeMs: timesMs[i], gap: gaps[gap++] }
    const lines = Array.from({ length: itemCounts[i]! }, () => {
      const numbers = [...items.subarray(at, at + 5)]
      const keys = [...items.subarray(at + 5, at + 10)].map(key)
      const tags = items[at + 10]!
      at += 11
      const tagKeys = [...items.subarray(at, at + tags)].map(key)
      at += tags
      return { numbers, keys, tagKeys }
    })
    return { kind, timeMs: timesMs[i], basketId: textAt(texts, basketIds[basket++]!), lines }
  })
}
