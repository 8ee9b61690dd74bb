// One write: rows and the stage's progress in one transaction.
import type { ClientBase } from 'pg'
import { keyValue, UNKNOWN } from '../../schemas/keys.ts'
import type { DeadLetter, Gap, Sale, Settled, Window } from '../../schemas/records.ts'
import type { StoreBatch } from '../ports.ts'
import { writeAlerts } from './delivery/alert-book.ts'
import type { Dictionary, Named } from './dictionary.ts'
import { cleanText, instantText, keyText } from './text.ts'
import { beginWrite, type Timescale } from './timescale.ts'
import { foldSales, writeSales } from './write-sales.ts'
import { foldWindows, writeWindows } from './write-windows.ts'

const ARTIST_PREFIX = 'artist:'

function hostsOf(sales: readonly Sale[], windows: readonly Window[]): Set<string> {
  const hosts = new Set<string>()
  for (const sale of sales) for (const item of sale.items) hosts.add(item.artistHost)
  for (const { key } of windows) if (key.startsWith(ARTIST_PREFIX)) hosts.add(keyValue(key))
  return hosts
}

function* namesOf(sales: readonly Sale[]): Generator<Named> {
  for (const sale of sales) {
    for (const item of sale.items) {
      yield { dimension: 'artist', value: item.artistHost, name: item.artistName }
      yield { dimension: 'genre', value: item.genre ?? UNKNOWN, name: '' }
      yield { dimension: 'country', value: item.country ?? UNKNOWN, name: '' }
      for (const tag of item.tags) yield { dimension: 'tag', value: tag, name: '' }
    }
  }
}

async function writeGaps(client: ClientBase, gaps: readonly Gap[]): Promise<void> {
  if (gaps.length === 0) return
  await client.query(
    `INSERT INTO gaps (from_at, to_at, reason)
     SELECT * FROM unnest($1::timestamptz[], $2::timestamptz[], $3::text[]) ON CONFLICT DO NOTHING`,
    [gaps.map(g => instantText(g.fromMs)), gaps.map(g => instantText(g.toMs)), gaps.map(g => g.reason)],
  )
}

async function writeDeadLetters(client: ClientBase, letters: readonly DeadLetter[]): Promise<void> {
  const rows = [...new Map(letters.map(l => [keyText(l.id), l])).values()]
  if (rows.length === 0) return
  await client.query(
    `INSERT INTO dead_letters (id, at, stage, topic, partition, "offset", reason, message, bytes)
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::int[], $6::bigint[],
       $7::text[], $8::text[], $9::text[])
     ON CONFLICT (id) DO UPDATE SET at = excluded.at, stage = excluded.stage, topic = excluded.topic,
       partition = excluded.partition, "offset" = excluded."offset", reason = excluded.reason,
       message = excluded.message, bytes = excluded.bytes`,
    [
      rows.map(r => keyText(r.id)),
      rows.map(r => instantText(r.atMs)),
      rows.map(r => cleanText(r.stage)),
      rows.map(r => r.topic),
      rows.map(r => r.partition),
      rows.map(r => r.offset),
      rows.map(r => cleanText(r.reason)),
      rows.map(r => cleanText(r.message)),
      rows.map(r => cleanText(r.bytes)),
    ],
  )
}

async function writeSettled(client: ClientBase, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return
  await client.query(
    `INSERT INTO settled_letters (id, at, how, note)
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
    [
      settled.map(s => keyText(s.letterId)),
      settled.map(s => instantText(s.atMs)),
      settled.map(s => s.how),
      settled.map(s => cleanText(s.note)),
    ],
  )
}

/**
 * First in the transaction: its row lock makes two writers of one partition take turns, should a group ever
 * hand it to both. Offsets and watermarks only rise, so a write that comes late changes neither.
 */
async function writeProgress(client: ClientBase, batch: StoreBatch): Promise<void> {
  const { stage, topic, partition, offset } = batch.progress
  await client.query(
    `INSERT INTO stage_offsets AS o (stage, topic, partition, "offset", watermark_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (stage, topic, partition) DO UPDATE SET
       "offset" = greatest(o."offset", excluded."offset"),
       watermark_at = greatest(o.watermark_at, excluded.watermark_at)`,
    [
      stage,
      topic,
      partition,
      offset,
      batch.watermarkMs === undefined ? null : instantText(batch.watermarkMs),
    ],
  )
}

/** Writes a batch; after a rejection nothing of it is there but, perhaps, entries of the dictionary. */
export async function writeBatch(
  client: ClientBase,
  dictionary: Dictionary,
  batch: StoreBatch,
  timescale: Timescale | null,
): Promise<void> {
  const sales = foldSales(batch.sales ?? [])
  const windows = foldWindows(batch.windows ?? [])
  const artistIdOf = await dictionary.artistIds(client, hostsOf(sales, windows))
  // Of records as they came: what can be found does not depend on where the log was cut into batches.
  await dictionary.remember(client, namesOf(batch.sales ?? []))
  await client.query(beginWrite(timescale))
  try {
    await writeProgress(client, batch)
    await writeSales(client, sales, artistIdOf)
    await writeWindows(client, windows, artistIdOf)
    await writeGaps(client, batch.gaps ?? [])
    await writeDeadLetters(client, batch.deadLetters ?? [])
    await writeSettled(client, batch.settled ?? [])
    await writeAlerts(client, batch.alerts ?? [])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}
