// Recorded mode: an exported log as a feed, with a time of its own and without a single page asked for.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { readRecordedFacts } from '../../producers/recorded/facts.ts'
import { createRecordedFeed } from '../../producers/recorded/feed.ts'
import type { FeedRecord, SalesRecord } from '../../schemas/records.ts'
import { floorTo, MINUTE_MS } from '../../schemas/time.ts'
import type { Clock, ItemPages, PageCache, SalesFeed } from '../ports.ts'
import { createOnce } from '../runtime/create-once.ts'
import { replaceFile } from '../runtime/replace-file.ts'
import { createScaledClock } from '../system/clock.ts'
import { type Config, modeDir } from './config.ts'
import { CommandError, EXIT } from './errors.ts'
import { type Export, type ExportedRecord, type ExportedTopic, readExport } from './log-file.ts'

export interface Recording {
  readonly feed: SalesFeed
  readonly pages: ItemPages
  readonly clock: Clock
  /** Genres from a recording of sales; null: the store's own cache, where nothing is. */
  readonly cache: PageCache | null
}

/** A recording has no pages, and asking for them now would be asking Bandcamp. */
const noPages: ItemPages = {
  get: async () => ({ kind: 'refused', code: 'not-recorded', retryAfterMs: null }),
}

/** @throws CommandError where a file is not there, not whole at its beginning, or not what is asked for. */
export async function openRecording(config: Config, clock: Clock): Promise<Recording> {
  if (config.recording === null) {
    const fix = 'bct start --mode recorded --recording FILE, a file that bct log export wrote'
    throw new CommandError(EXIT.usage, 'recorded mode: which recording?', fix)
  }
  const path = resolve(config.recording)
  const { header, first } = await beginningOf(path)
  const fromMs = floorTo(Math.min(header.fromMs ?? first.timeMs, first.timeMs), MINUTE_MS)
  const id = createHash('sha256')
    .update(JSON.stringify([header, first.text]))
    .digest('hex')
  const played = playClock(config, clock, { id, fromMs, path })
  return {
    feed: createRecordedFeed({ records: () => recordsOf(path), fromMs, clock: played }),
    pages: noPages,
    clock: played,
    cache: config.recordingSales === null ? null : await factsOf(resolve(config.recordingSales)),
  }
}

async function opened(path: string, topic: ExportedTopic): Promise<Export> {
  const found = await readExport(path)
  if (found.header.topic === topic) return found
  await found.lines.return(undefined)
  const fix = `bct log export FILE --topic ${topic}`
  throw new CommandError(EXIT.precondition, `${path} holds ${found.header.topic}, not ${topic}`, fix)
}

async function beginningOf(path: string) {
  const { header, lines } = await opened(path, 'feed')
  const next = await lines.next()
  await lines.return(undefined)
  if (next.done === true) throw new CommandError(EXIT.precondition, `${path} holds nothing to play`)
  const { record } = next.value
  return { header, first: { timeMs: startOf(record), text: JSON.stringify(record) } }
}

function startOf(record: ExportedRecord): number {
  if (record.kind === 'gap') return record.fromMs
  if (record.kind === 'tick') return record.upToMs
  return record.kind === 'amend' ? record.sale.soldAtMs : record.soldAtMs
}

async function* recordsOf(path: string): AsyncGenerator<FeedRecord> {
  const { lines } = await opened(path, 'feed')
  for await (const { record } of lines) yield record as FeedRecord
}

async function* salesOf(path: string): AsyncGenerator<SalesRecord> {
  const { lines } = await opened(path, 'sales')
  for await (const { record } of lines) yield record as SalesRecord
}

const factsOf = (path: string): Promise<PageCache> => readRecordedFacts(salesOf(path))

const placeSchema = z.object({
  id: z.string(),
  /** When playing began, by the machine's clock, and the recording's time at that moment. */
  beganAtMs: z.number(),
  fromMs: z.number(),
  speed: z.number(),
})
type Place = z.infer<typeof placeSchema>

/**
 * The recording's time goes on while nobody plays it, so that all processes of a folder, and those that come
 * back, agree on it; nothing is left out for that. Another speed goes on from where the time stands.
 */
function playClock(
  config: Config,
  base: Clock,
  { id, fromMs, path }: { readonly id: string; readonly fromMs: number; readonly path: string },
): Clock {
  const speed = config.recordedSpeed
  const dir = modeDir(config, 'recorded')
  const file = join(dir, 'recording.json')
  mkdirSync(dir, { recursive: true })
  const nowMs = base.nowMs()
  createOnce(file, JSON.stringify({ id, beganAtMs: nowMs, fromMs, speed } satisfies Place))
  const place = placeSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  if (place.id !== id) {
    const fix = `play ${path} with another --data-dir, or remove ${dir}`
    throw new CommandError(EXIT.precondition, 'this data folder plays another recording', fix)
  }
  const startMs = place.fromMs + (nowMs - place.beganAtMs) * place.speed
  if (place.speed !== speed) {
    const other: Place = { id, beganAtMs: nowMs, fromMs: startMs, speed }
    replaceFile(file, JSON.stringify(other))
  }
  return createScaledClock({ base, speed, startMs })
}
