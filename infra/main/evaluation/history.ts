// Reads a history made elsewhere: NDJSON in order of arrival, with its labels, as records of `sales`.

import { createReadStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { hashOf } from '../../../producers/core/identity.ts'
import { normaliseBasket } from '../../../producers/core/normalise.ts'
import { checkUrl } from '../../../producers/core/urls.ts'
import type { Label } from '../../../producers/simulator/core/labelled/labels.ts'
import type { Sale, SaleItem, SalesRecord } from '../../../schemas/records.ts'
import { SECOND_MS } from '../../../schemas/time.ts'
import { CommandError, EXIT } from '../errors.ts'

/** Records are handed on in batches of so many. */
const BATCH_RECORDS = 5_000

const pageSchema = z.object({
  url: z.string(),
  genre: z.string().nullable().optional(),
  tags: z.array(z.string()).optional(),
})
const lineSchema = z.union([
  z.object({ page: pageSchema }),
  z.object({ event: z.object({ utc_date: z.number() }) }),
  z.object({ tick: z.number() }),
  z.object({ gap: z.object({ from: z.number(), to: z.number() }) }),
  z.object({ meta: z.record(z.string(), z.unknown()) }),
])
const labelSchema = z.object({
  id: z.union([z.number(), z.string()]),
  kind: z.string(),
  key: z.string(),
  direction: z.union([z.literal(1), z.literal(-1)]),
  start: z.number(),
  end: z.number(),
  neutral: z.boolean().optional(),
  falseFriend: z.boolean().optional(),
  size: z.union([z.string(), z.number()]).nullable().optional(),
  quarter: z.number().nullable().optional(),
  plateau: z.number().nullable().optional(),
})

/** Labels of a file; a person made it, so every problem names its place. */
export function readLabels(file: string): readonly Label[] {
  const parsed = z.array(labelSchema).safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new CommandError(EXIT.usage, `${file}: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  return parsed.data.map((label, place) => ({
    id: place,
    kind: label.kind,
    key: label.key,
    direction: label.direction,
    startMs: label.start * SECOND_MS,
    endMs: label.end * SECOND_MS,
    neutral: label.neutral ?? false,
    falseFriend: label.falseFriend ?? false,
    size: String(label.size ?? ''),
    plateauPerDay: label.plateau ?? null,
    quarterMs: typeof label.quarter === 'number' ? label.quarter * SECOND_MS : null,
  }))
}

type Facts = Pick<SaleItem, 'genre' | 'genreSource' | 'tags'>

const NO_FACTS: Facts = { genre: null, genreSource: 'none', tags: [] }

/** A history as it is read; `scoreFromMs` and `toMs` are known when the last batch has been taken. */
export class History {
  scoreFromMs: number | null = null
  fromMs = Number.POSITIVE_INFINITY
  toMs = Number.NEGATIVE_INFINITY
  /** Events that the normaliser refused as a whole. */
  refused = 0
  readonly #file: string
  readonly #byUrl = new Map<string, Facts>()
  readonly #byHost = new Map<string, Facts>()

  constructor(file: string) {
    this.#file = file
  }

  async *batches(): AsyncIterable<readonly SalesRecord[]> {
    const stream = createReadStream(this.#file)
    const input = this.#file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream
    let batch: SalesRecord[] = []
    let number = 0
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++
      if (line.trim() === '') continue
      const record = this.#record(line, number)
      if (record !== null) batch.push(record)
      // Only behind a tick, so that a batch is a stretch of time.
      if (batch.length < BATCH_RECORDS || record?.kind !== 'tick') continue
      yield batch
      batch = []
    }
    yield batch
  }

  #record(line: string, number: number): SalesRecord | null {
    const parsed = lineSchema.safeParse(jsonOf(line))
    if (!parsed.success)
      throw new CommandError(EXIT.usage, `${this.#file}:${number}: not a line of a history`)
    const { data } = parsed
    if ('page' in data) this.#page(data.page)
    else if ('meta' in data) {
      const { scoreFrom } = data.meta
      if (typeof scoreFrom === 'number') this.scoreFromMs = scoreFrom * SECOND_MS
    } else if ('tick' in data) {
      this.toMs = Math.max(this.toMs, data.tick * SECOND_MS)
      return { kind: 'tick', upToMs: data.tick * SECOND_MS }
    } else if ('gap' in data) {
      const { from, to } = data.gap
      return { kind: 'gap', fromMs: from * SECOND_MS, toMs: to * SECOND_MS, reason: 'outage' }
    } else if ('event' in data) return this.#sale(line, data.event.utc_date)
    return null
  }

  #page({ url, genre, tags }: z.infer<typeof pageSchema>): void {
    const checked = checkUrl(url)
    if (!checked.ok) return
    const facts: Facts = {
      genre: genre ?? null,
      genreSource: genre ? 'page' : 'none',
      tags: [...new Set(tags)],
    }
    this.#byUrl.set(checked.url, facts)
    this.#byHost.set(checked.host, facts)
  }

  #sale(line: string, soldAt: number): Sale | null {
    const soldAtMs = Math.floor(soldAt * SECOND_MS)
    this.fromMs = Math.min(this.fromMs, soldAtMs)
    const text = line.slice(line.indexOf('{', 1), line.lastIndexOf('}'))
    const { sale } = normaliseBasket({ kind: 'basket', id: hashOf(text), soldAtMs, text })
    if (sale === null) {
      this.refused++
      return null
    }
    const items = sale.items.map(item => {
      const facts = this.#byUrl.get(item.url) ?? this.#byHost.get(item.artistHost) ?? NO_FACTS
      return { ...item, ...facts }
    })
    return { ...sale, items }
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
