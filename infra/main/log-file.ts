// The file of an exported log: gzip of lines of JSON, the first says what it is, the last that it is whole.
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import { decodeRecord, encodeRecord } from '../../schemas/record-json.ts'
import type { TopicRecords } from '../../schemas/topics.ts'
import { CommandError, EXIT } from './errors.ts'

/** The topics that are kept for ever: all others are computed from them. */
export const EXPORTED_TOPICS = ['feed', 'sales'] as const
export type ExportedTopic = (typeof EXPORTED_TOPICS)[number]
export type ExportedRecord = TopicRecords[ExportedTopic]

const FORMAT = 'bandcamp-tracker log'
const VERSION = 1

const headerSchema = z.object({
  format: z.literal(FORMAT),
  version: z.number().int(),
  topic: z.enum(EXPORTED_TOPICS),
  mode: z.enum(['live', 'simulated', 'recorded']),
  /** Bounds of event time; null: as far as the log went. */
  fromMs: z.number().int().nullable(),
  toMs: z.number().int().nullable(),
  /** Of the log it came from: records here are in one order, and may go into any number. */
  partitions: z.number().int().min(1),
})
export type ExportHeader = Readonly<Omit<z.infer<typeof headerSchema>, 'format' | 'version'>>

const endSchema = z.object({ end: z.literal(true), records: z.number().int().min(0) })

/** Lines are handed on in pieces of about this many characters. */
const PIECE_CHARS = 65_536
/** Three times the largest basket that the poller takes, as JSON in JSON. */
const MAX_LINE_CHARS = 4_000_000

async function* pieces(header: ExportHeader, records: AsyncIterable<ExportedRecord>): AsyncGenerator<string> {
  let piece = `${JSON.stringify({ format: FORMAT, version: VERSION, ...header })}\n`
  let count = 0
  for await (const record of records) {
    count++
    piece += `${encodeRecord(record)}\n`
    if (piece.length < PIECE_CHARS) continue
    yield piece
    piece = ''
  }
  yield `${piece}${JSON.stringify({ end: true, records: count })}\n`
}

/** Writes to a stream, which is not closed: for pipes. */
export async function streamExport(
  to: Writable,
  header: ExportHeader,
  records: AsyncIterable<ExportedRecord>,
): Promise<void> {
  const gzip = createGzip()
  const zipped = pipeline(Readable.from(pieces(header, records)), gzip)
  // Told by the loop below, too.
  zipped.catch(() => {})
  for await (const chunk of gzip) if (!to.write(chunk)) await once(to, 'drain')
  await zipped
}

/** Writes a file whole or not at all: under another name first. Rejects with what `records` throw. */
export async function writeExport(
  path: string,
  header: ExportHeader,
  records: AsyncIterable<ExportedRecord>,
): Promise<void> {
  checkTarget(path)
  const draft = `${path}.${process.pid}.part`
  try {
    await pipeline(Readable.from(pieces(header, records)), createGzip(), createWriteStream(draft))
    const file = await open(draft, 'r+')
    await file.sync()
    await file.close()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Before anything is read: a long export must not find out at its end. */
function checkTarget(path: string): void {
  if (isFolder(path)) {
    throw new CommandError(EXIT.precondition, `${path} is a folder`, 'name a file in it: feed.ndjson.gz')
  }
  if (isFolder(dirname(path))) return
  const fix = 'make it first, or write elsewhere'
  throw new CommandError(EXIT.precondition, `there is no folder ${dirname(path)}`, fix)
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

export interface ExportedLine {
  /** Counted from 1; the header is line 1. */
  readonly line: number
  readonly record: ExportedRecord
}

export interface Export {
  readonly header: ExportHeader
  /** Once only. Rejects with a CommandError that names the line, where the file is damaged or cut off. */
  readonly lines: AsyncGenerator<ExportedLine>
}

function damaged(path: string, line: number, why: string): CommandError {
  const fix = 'export it again, or fetch it again from where it came from'
  return new CommandError(EXIT.precondition, `${path}, line ${line}: ${why}`, fix)
}

/** Opens a file and reads its first line. */
export async function readExport(path: string): Promise<Export> {
  if (!existsSync(path)) {
    throw new CommandError(EXIT.notFound, `there is no file ${path}`, 'name one that bct log export wrote')
  }
  if (isFolder(path)) throw new CommandError(EXIT.precondition, `${path} is a folder`, 'name a file in it')
  const texts = linesOf(path)
  const first = await texts.next()
  const text = first.done === true ? '' : first.value.text
  const header = headerSchema.safeParse(parsed(text))
  if (!header.success) {
    await texts.return(undefined)
    const fix = 'give a file that bct log export wrote'
    throw new CommandError(EXIT.precondition, `${path} is not an exported log`, fix)
  }
  const { format: _, version, ...rest } = header.data
  if (version !== VERSION) {
    await texts.return(undefined)
    const fix = 'use the program version that wrote it'
    throw new CommandError(EXIT.precondition, `${path} has format version ${version}, not ${VERSION}`, fix)
  }
  return { header: rest, lines: recordsOf(path, rest.topic, texts) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function* recordsOf(
  path: string,
  topic: ExportedTopic,
  texts: AsyncGenerator<Line>,
): AsyncGenerator<ExportedLine> {
  let count = 0
  let isWhole = false
  let last = 1
  for await (const { line, text } of texts) {
    last = line
    if (isWhole) throw damaged(path, line, 'there is more behind the end')
    const { record, unreadable } = decodeRecord(topic, text)
    if (unreadable === undefined) {
      count++
      yield { line, record }
      continue
    }
    const end = endSchema.safeParse(parsed(text))
    if (!end.success) {
      const why = parsed(text) === null ? 'the line is cut off or damaged' : unreadable.message
      throw damaged(path, line, why)
    }
    if (end.data.records !== count) throw damaged(path, line, `${count} records, not ${end.data.records}`)
    isWhole = true
  }
  if (!isWhole) throw damaged(path, last + 1, 'the file is cut off: its last line is missing')
}

interface Line {
  readonly line: number
  readonly text: string
}

async function* linesOf(path: string): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8')
  const source = createReadStream(path)
  const gunzip = createGunzip()
  source.on('error', error => gunzip.destroy(error))
  let line = 1
  let rest = ''
  try {
    for await (const chunk of source.pipe(gunzip)) {
      const parts = (rest + decoder.write(chunk as Buffer)).split('\n')
      rest = parts.pop()!
      for (const text of parts) yield { line: line++, text }
      if (rest.length > MAX_LINE_CHARS) throw damaged(path, line, 'the line is far too long')
    }
  } catch (error) {
    if (error instanceof CommandError || line === 1) throw line === 1 ? notGzip(path, error) : error
    throw damaged(path, line, 'the file is damaged or cut off here')
  } finally {
    source.destroy()
    gunzip.destroy()
  }
  if (rest !== '') yield { line, text: rest }
}

function notGzip(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!code.startsWith('Z_')) return error
  const fix = 'give a file that bct log export wrote'
  return new CommandError(EXIT.precondition, `${path} is not an exported log`, fix)
}
