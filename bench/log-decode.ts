// How fast blocks of sales decode: the ways that were weighed for the embedded log, and the one it uses.
import { Packr } from 'msgpackr'
import { decodeBlock, encodeBlock } from '../infra/lmdb/codec.ts'
import type { Sale } from '../schemas/records.ts'
import { type BenchRow, median } from './row.ts'
import { sampleSales } from './sample-sales.ts'

const BLOCK_RECORDS = 1_000
const BLOCKS = 50
const RUNS = 7

interface Way {
  readonly name: string
  encode(records: readonly Sale[]): Buffer
  decode(block: Buffer): readonly unknown[]
}

function ways(): readonly Way[] {
  const maps = new Packr({ useRecords: false })
  const records = new Packr({ useRecords: true })
  const bundled = new Packr({ useRecords: true, bundleStrings: true })
  const unpack = (packr: Packr) => (block: Buffer) => packr.unpack(block) as readonly unknown[]
  return [
    {
      name: 'JSON',
      encode: sales => Buffer.from(JSON.stringify(sales)),
      decode: block => JSON.parse(block.toString()) as readonly unknown[],
    },
    { name: 'msgpackr maps', encode: sales => maps.pack(sales), decode: unpack(maps) },
    { name: 'msgpackr records', encode: sales => records.pack(sales), decode: unpack(records) },
    {
      name: 'msgpackr records, bundled strings',
      encode: sales => bundled.pack(sales),
      decode: unpack(bundled),
    },
    {
      name: 'columns, one string table (the log’s own)',
      encode: sales => encodeBlock(sales, { priorMaxTimeMs: 0, appendedAtMs: 0 }),
      decode: decodeBlock,
    },
  ]
}

/**
 * What comes first behind the log: look-ups of keys in maps, which hash every string that is a new object.
 */
function countKeys(counts: Map<string, number>, sales: readonly Sale[]): void {
  for (const { items } of sales) {
    for (const { tags, country, genre, format, artistHost } of items) {
      for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
      for (const key of [country, genre, format, artistHost]) {
        if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
  }
}

function perSecond(count: number, work: () => void): number {
  const rates: number[] = []
  for (let run = 0; run <= RUNS; run++) {
    const startedMs = performance.now()
    work()
    // The first run warms up.
    if (run > 0) rates.push((count * 1_000) / (performance.now() - startedMs))
  }
  return Math.round(median(rates))
}

export async function runLogDecode(): Promise<readonly BenchRow[]> {
  const sales = sampleSales(BLOCK_RECORDS * BLOCKS)
  const rows: BenchRow[] = []
  for (const way of ways()) {
    const blocks = Array.from({ length: BLOCKS }, (_, i) =>
      Buffer.from(way.encode(sales.slice(i * BLOCK_RECORDS, (i + 1) * BLOCK_RECORDS))),
    )
    const bytes = Math.round(blocks.reduce((sum, block) => sum + block.length, 0) / sales.length)
    const decode = perSecond(sales.length, () => {
      for (const block of blocks) way.decode(block)
    })
    const keys = perSecond(sales.length, () => {
      const counts = new Map<string, number>()
      for (const block of blocks) countKeys(counts, way.decode(block) as readonly Sale[])
    })
    const encode = perSecond(sales.length, () => {
      for (let i = 0; i < BLOCKS; i++) way.encode(sales.slice(i * BLOCK_RECORDS, (i + 1) * BLOCK_RECORDS))
    })
    const note = `${bytes} bytes an item`
    rows.push({ name: `decode: ${way.name}`, unit: 'items/s', median: decode, runs: RUNS, note })
    rows.push({ name: `decode and count 9 keys: ${way.name}`, unit: 'items/s', median: keys, runs: RUNS })
    rows.push({ name: `encode: ${way.name}`, unit: 'items/s', median: encode, runs: RUNS })
  }
  return rows
}
