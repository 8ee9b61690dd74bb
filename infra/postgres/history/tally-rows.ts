// Rows of a stretch out of COPY's binary output, as columns, a few thousand at a time.
import { ByteKeys } from './byte-keys.ts'

/**
 * The numbers first, all of fixed width; the texts last, whose bytes together name the kind of item. Sums are
 * doubles, which are read at once; they are exact up to 2⁵³, as all our totals are.
 */
export const TALLY_COLUMNS =
  'sold_at, artist_id, repeats, units::float8, revenue_usd_cents::float8, over_usd_cents::float8, ' +
  'hashtextextended(url, 0), genre, country, format'
const COLUMNS = 10
const TEXTS = 3
/** The number of columns, then the length and the bytes of each number. */
const NUMBERS_BYTES = 2 + 12 + 8 + 8 + 12 + 12 + 12 + 12
/** Signature, flags and header extension length. */
const HEADER_BYTES = 19
const TWO_32 = 4_294_967_296
const BATCH_ROWS = 4_096
/** PostgreSQL counts from 2000. */
export const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1)

/** Row i of each column belongs together. */
export class TallyBatch {
  count = 0
  /** Microseconds, as the database has them. */
  readonly soldAtUs = new Float64Array(BATCH_ROWS)
  readonly artist = new Int32Array(BATCH_ROWS)
  /** See the column of `sale_items`. */
  readonly repeats = new Int32Array(BATCH_ROWS)
  readonly units = new Float64Array(BATCH_ROWS)
  readonly revenueUsdCents = new Float64Array(BATCH_ROWS)
  readonly overUsdCents = new Float64Array(BATCH_ROWS)
  /** The hash of the release's address, in two halves. */
  readonly addressHigh = new Int32Array(BATCH_ROWS)
  readonly addressLow = new Int32Array(BATCH_ROWS)
  /** The number of genre, country and format together. */
  readonly kind = new Int32Array(BATCH_ROWS)
}

export interface Kind {
  readonly genre: string
  readonly country: string
  readonly format: string
}

function int64(data: DataView, at: number): number {
  return data.getInt32(at) * TWO_32 + data.getUint32(at + 4)
}

export class TallyRows {
  readonly #onBatch: (batch: TallyBatch, kinds: readonly Kind[]) => void
  /** Used again and again: nothing is allocated for a row. */
  readonly #batch = new TallyBatch()
  readonly #keys = new ByteKeys()
  readonly #kinds: Kind[] = []
  #rest: Buffer = Buffer.alloc(0)
  #isBegun = false

  /** `onBatch` gets kinds by number; it may keep neither of the two. */
  constructor(onBatch: (batch: TallyBatch, kinds: readonly Kind[]) => void) {
    this.#onBatch = onBatch
  }

  /** A piece of the output, cut anywhere. */
  push(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    // Several times faster than the methods of a buffer.
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let at = 0
    if (!this.#isBegun && bytes.length >= HEADER_BYTES) {
      this.#isBegun = true
      at = HEADER_BYTES
    }
    if (this.#isBegun) {
      for (let end = endOfRow(data, at); end > 0; end = endOfRow(data, at)) {
        this.#read(data, at, end)
        at = end
      }
    }
    this.#rest = bytes.subarray(at)
  }

  /** After the last piece. */
  end(): void {
    if (this.#batch.count > 0) this.#onBatch(this.#batch, this.#kinds)
    this.#batch.count = 0
  }

  #read(data: DataView, from: number, end: number): void {
    const batch = this.#batch
    const row = batch.count++
    batch.soldAtUs[row] = int64(data, from + 6)
    batch.artist[row] = data.getInt32(from + 18)
    batch.repeats[row] = data.getInt32(from + 26)
    batch.units[row] = data.getFloat64(from + 34)
    batch.revenueUsdCents[row] = data.getFloat64(from + 46)
    batch.overUsdCents[row] = data.getFloat64(from + 58)
    batch.addressHigh[row] = data.getInt32(from + 70)
    batch.addressLow[row] = data.getInt32(from + 74)
    const kind = this.#keys.numberOf(data, from + NUMBERS_BYTES, end)
    if (kind === this.#kinds.length) this.#kinds.push(kindOf(data, from + NUMBERS_BYTES))
    batch.kind[row] = kind
    if (batch.count === BATCH_ROWS) this.end()
  }
}

/** 0 where the row is not whole yet, or the rows are over. */
function endOfRow(data: DataView, from: number): number {
  const last = data.byteLength - 4
  if (from + NUMBERS_BYTES > last || data.getInt16(from) !== COLUMNS) return 0
  let at = from + NUMBERS_BYTES
  for (let text = 0; text < TEXTS; text++) {
    if (at > last) return 0
    at += 4 + data.getInt32(at)
  }
  return at > data.byteLength ? 0 : at
}

function kindOf(data: DataView, from: number): Kind {
  let at = from
  const text = () => {
    const begin = data.byteOffset + at + 4
    at += 4 + data.getInt32(at)
    return Buffer.from(data.buffer, begin, data.byteOffset + at - begin).toString('utf8')
  }
  return { genre: text(), country: text(), format: text() }
}
