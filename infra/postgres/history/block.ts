// One hour of sales as columns, and how it is read from the database.
import type { PoolClient } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { floorTo, HOUR_MS } from '../../../schemas/time.ts'
import { instantText } from '../text.ts'

/**
 * The items of one hour, column by column; row i of each belongs together. All small numbers are of one type:
 * loops over columns of several types run at half the speed.
 */
export interface Block {
  readonly hourMs: number
  readonly version: number
  readonly count: number
  /** Milliseconds since the hour's start. */
  readonly offsetMs: Int32Array
  readonly artist: Int32Array
  /** The largest number of `artist`. */
  mostArtist: number
  readonly genre: Int32Array
  readonly country: Int32Array
  readonly format: Int32Array
  /** See the column of `sale_items`. */
  readonly repeats: Int32Array
  readonly units: Float64Array
  readonly revenueUsdCents: Float64Array
  readonly overUsdCents: Float64Array
}

/** Texts as small numbers, for the life of the process; few by nature (genres, countries, formats). */
export class Interner {
  readonly texts: string[] = []
  readonly #codes = new Map<string, number>()

  code(text: string): number {
    let code = this.#codes.get(text)
    if (code === undefined) {
      code = this.texts.push(text) - 1
      this.#codes.set(text, code)
    }
    return code
  }

  /** −1 where the text was never seen. */
  find(text: string): number {
    return this.#codes.get(text) ?? -1
  }
}

const COLUMNS = 9
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1)
/** Signature, flags and header extension length of COPY's binary format. */
const HEADER_BYTES = 19
const TWO_32 = 4_294_967_296

function emptyBlock(hourMs: number, version: number, count: number): Block {
  return {
    hourMs,
    version,
    count,
    offsetMs: new Int32Array(count),
    artist: new Int32Array(count),
    mostArtist: 0,
    genre: new Int32Array(count),
    country: new Int32Array(count),
    format: new Int32Array(count),
    repeats: new Int32Array(count),
    units: new Float64Array(count),
    revenueUsdCents: new Float64Array(count),
    overUsdCents: new Float64Array(count),
  }
}

const int64 = (data: Buffer, at: number) => data.readInt32BE(at) * TWO_32 + data.readUInt32BE(at + 4)

export interface SeenHour {
  readonly hourMs: number
  readonly version: number
}

/** Reads the hours of COPY's binary output, whose rows are in order of time. */
class BlockReader {
  readonly #data: Buffer
  readonly #texts: Interner
  #at = HEADER_BYTES

  constructor(data: Buffer, texts: Interner) {
    this.#data = data
    this.#texts = texts
  }

  /** How many rows each hour has, told apart by a first walk over the lengths. */
  #counts(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>()
    for (let at = HEADER_BYTES; this.#data.readInt16BE(at) === COLUMNS; ) {
      const soldAtMs = POSTGRES_EPOCH_MS + Math.floor(int64(this.#data, at + 6) / 1_000)
      const hourMs = floorTo(soldAtMs, HOUR_MS)
      counts.set(hourMs, (counts.get(hourMs) ?? 0) + 1)
      at += 2
      for (let column = 0; column < COLUMNS; column++) at += 4 + this.#data.readInt32BE(at)
    }
    return counts
  }

  blocks(hours: readonly SeenHour[]): readonly Block[] {
    const counts = this.#counts()
    const blocks = hours.map(h => emptyBlock(h.hourMs, h.version, counts.get(h.hourMs) ?? 0))
    const byHour = new Map(blocks.map(b => [b.hourMs, b]))
    const filled = new Map<number, number>()
    this.#at = HEADER_BYTES
    while (this.#data.readInt16BE(this.#at) === COLUMNS) {
      this.#at += 2
      const soldAtMs = POSTGRES_EPOCH_MS + Math.floor(this.#int8() / 1_000)
      const hourMs = floorTo(soldAtMs, HOUR_MS)
      const row = filled.get(hourMs) ?? 0
      filled.set(hourMs, row + 1)
      this.#row(byHour.get(hourMs), row, soldAtMs - hourMs)
    }
    return blocks
  }

  #row(block: Block | undefined, row: number, offsetMs: number): void {
    const artist = this.#int4()
    const repeats = this.#int4()
    const units = this.#int8()
    const revenueUsdCents = this.#int8()
    const overUsdCents = this.#int8()
    const genre = this.#text()
    const country = this.#text()
    const format = this.#text()
    // An hour that nobody asked for: it appeared between the two queries, and will be loaded when asked.
    if (block === undefined) return
    block.offsetMs[row] = offsetMs
    block.artist[row] = artist
    if (artist > block.mostArtist) block.mostArtist = artist
    block.repeats[row] = repeats
    block.units[row] = units
    block.revenueUsdCents[row] = revenueUsdCents
    block.overUsdCents[row] = overUsdCents
    block.genre[row] = genre
    block.country[row] = country
    block.format[row] = format
  }

  #int4(): number {
    this.#at += 8
    return this.#data.readInt32BE(this.#at - 4)
  }

  #int8(): number {
    this.#at += 12
    return int64(this.#data, this.#at - 8)
  }

  #text(): number {
    const from = this.#at + 4
    this.#at = from + this.#data.readInt32BE(this.#at)
    return this.#texts.code(this.#data.toString('utf8', from, this.#at))
  }
}

/** The hours, oldest first and neighbours of each other, as they are now. */
export async function copyHours(
  client: PoolClient,
  hours: readonly SeenHour[],
  texts: Interner,
): Promise<readonly Block[]> {
  const from = instantText(hours[0]!.hourMs)
  const to = instantText(hours.at(-1)!.hourMs + HOUR_MS)
  const stream = client.query(
    copyTo(
      `COPY (SELECT sold_at, artist_id, repeats, units, revenue_usd_cents, over_usd_cents, genre, country, format
       FROM sale_items WHERE sold_at >= '${from}' AND sold_at < '${to}') TO STDOUT (FORMAT binary)`,
    ),
  )
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return new BlockReader(Buffer.concat(chunks), texts).blocks(hours)
}
