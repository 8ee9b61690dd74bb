// Columns of integers and a table of strings as bytes: the parts that packed sales are made of.
import type { Texts } from '../../schemas/texts.ts'

/** Wide strings (any character above U+00FF) are kept as UTF-16, so that lone surrogates survive. */
const WIDE = /[^\0-\u00ff]/
const COLUMN_HEAD_BYTES = 9
/** The width of a column whose values do not fit an unsigned integer above its lowest. */
const FLOAT_BYTES = 8

export interface Writer {
  /** Numbers of any kind; integers close to each other take 0, 1, 2 or 4 bytes each, all others 8. */
  column(values: readonly number[]): void
  /** `shared` of the strings are the same in many blocks. */
  strings(values: readonly string[], shared: number): void
  bytes(): Buffer
}

export function createWriter(): Writer {
  const parts: Buffer[] = []
  const column = (values: readonly number[]): void => {
    const { base, width } = widthOf(values)
    const part = Buffer.allocUnsafe(COLUMN_HEAD_BYTES + values.length * width)
    part.writeDoubleLE(base, 0)
    part.writeUInt8(width, 8)
    put(new DataView(part.buffer, part.byteOffset + COLUMN_HEAD_BYTES), values, base, width)
    parts.push(part)
  }
  return {
    column,
    strings: (values, shared) => {
      const narrow: string[] = []
      const wide: string[] = []
      const lengths = values.map(value => {
        const isWide = WIDE.test(value)
        if (isWide) wide.push(value)
        else narrow.push(value)
        return value.length * 2 + (isWide ? 1 : 0)
      })
      const narrowBytes = Buffer.from(narrow.join(''), 'latin1')
      const wideBytes = Buffer.from(wide.join(''), 'utf16le')
      column([values.length, shared, narrowBytes.length, wideBytes.length])
      column(lengths)
      parts.push(narrowBytes, wideBytes)
    },
    bytes: () => Buffer.concat(parts),
  }
}

function put(view: DataView, values: readonly number[], base: number, width: number): void {
  const count = values.length
  if (width === 1) for (let i = 0; i < count; i++) view.setUint8(i, values[i]! - base)
  else if (width === 2) for (let i = 0; i < count; i++) view.setUint16(i * 2, values[i]! - base, true)
  else if (width === 4) for (let i = 0; i < count; i++) view.setUint32(i * 4, values[i]! - base, true)
  else if (width === FLOAT_BYTES)
    for (let i = 0; i < count; i++) view.setFloat64(i * FLOAT_BYTES, values[i]!, true)
}

function widthOf(values: readonly number[]): { readonly base: number; readonly width: number } {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isSafeInteger(value)) return { base: 0, width: FLOAT_BYTES }
    if (value < low) low = value
    if (value > high) high = value
  }
  if (values.length === 0 || low === high) return { base: values.length === 0 ? 0 : low, width: 0 }
  const span = high - low
  if (span <= 0xff) return { base: low, width: 1 }
  if (span <= 0xffff) return { base: low, width: 2 }
  if (span <= 0xffff_ffff) return { base: low, width: 4 }
  return { base: 0, width: FLOAT_BYTES }
}

export interface Reader {
  column(count: number): Float64Array
  /** Passes over a column. */
  skip(count: number): void
  /** The strings written, from place 1 on; place 0 holds null. */
  strings(): (string | null)[]
  /** As `strings`, as they lie in the block: the one of place p is text p − 1. */
  texts(): Texts
  /** A column of integers of 32 bits. */
  integers(count: number): Int32Array
}

/** Reads in the order of writing. */
export function createReader(bytes: Buffer): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const column = (count: number): Float64Array => {
    const base = view.getFloat64(at, true)
    const width = view.getUint8(at + 8)
    at += COLUMN_HEAD_BYTES
    const values = new Float64Array(count)
    fill(values, view, at, base, width)
    at += count * width
    return values
  }
  const integers = (count: number): Int32Array => {
    const base = view.getFloat64(at, true)
    const width = view.getUint8(at + 8)
    at += COLUMN_HEAD_BYTES
    const values = new Int32Array(count)
    fillIntegers(values, view, at, base, width)
    at += count * width
    return values
  }
  return {
    column,
    integers,
    skip: count => {
      at += COLUMN_HEAD_BYTES + count * view.getUint8(at + 8)
    },
    strings: () => {
      const [count = 0, shared = 0, narrowBytes = 0, wideBytes = 0] = column(4)
      const lengths = column(count)
      const narrow = bytes.toString('latin1', at, at + narrowBytes)
      const wide = bytes.toString('utf16le', at + narrowBytes, at + narrowBytes + wideBytes)
      at += narrowBytes + wideBytes
      return cut(narrow, wide, lengths, shared)
    },
    texts: () => {
      const [count = 0, , narrowBytes = 0, wideBytes = 0] = column(4)
      const codes = integers(count)
      const starts = startsOf(codes, at, at + narrowBytes)
      at += narrowBytes + wideBytes
      return { bytes: view, starts, codes }
    },
  }
}

/** As `fill`: a function that meets two kinds of arrays is several times slower. */
function fillIntegers(values: Int32Array, view: DataView, at: number, base: number, width: number): void {
  const count = values.length
  if (width === 0) values.fill(base)
  else if (width === 1) for (let i = 0; i < count; i++) values[i] = base + view.getUint8(at + i)
  else if (width === 2) for (let i = 0; i < count; i++) values[i] = base + view.getUint16(at + i * 2, true)
  else if (width === 4) for (let i = 0; i < count; i++) values[i] = base + view.getUint32(at + i * 4, true)
  else for (let i = 0; i < count; i++) values[i] = view.getFloat64(at + i * FLOAT_BYTES, true)
}

function fill(values: Float64Array, view: DataView, at: number, base: number, width: number): void {
  const count = values.length
  if (width === 0) values.fill(base)
  else if (width === 1) for (let i = 0; i < count; i++) values[i] = base + view.getUint8(at + i)
  else if (width === 2) for (let i = 0; i < count; i++) values[i] = base + view.getUint16(at + i * 2, true)
  else if (width === 4) for (let i = 0; i < count; i++) values[i] = base + view.getUint32(at + i * 4, true)
  else for (let i = 0; i < count; i++) values[i] = view.getFloat64(at + i * FLOAT_BYTES, true)
}

/** Where each string starts: narrow ones lie one behind the other, wide ones too. */
function startsOf(codes: Int32Array, narrowAt: number, wideAt: number): Int32Array {
  const starts = new Int32Array(codes.length)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if ((code & 1) === 1) {
      starts[i] = wideAt
      wideAt += code - 1
    } else {
      starts[i] = narrowAt
      narrowAt += code >>> 1
    }
  }
  return starts
}

function cut(narrow: string, wide: string, lengths: Float64Array, shared: number): (string | null)[] {
  const strings = new Array<string | null>(lengths.length + 1)
  strings[0] = null
  let narrowAt = 0
  let wideAt = 0
  for (let i = 0; i < lengths.length; i++) {
    const code = lengths[i]! | 0
    const length = code >>> 1
    const isWide = (code & 1) === 1
    const text = isWide ? wide.slice(wideAt, wideAt + length) : narrow.slice(narrowAt, narrowAt + length)
    if (isWide) wideAt += length
    else narrowAt += length
    strings[i + 1] = i < shared && length <= MAX_INTERNED_LENGTH ? intern(text) : text
  }
  return strings
}

/** Genres, countries, tags: tens of thousands at most; when full, it starts anew. */
const MAX_INTERNED = 65_536
/** A tag may be any text a seller wrote; longer ones are rare and not worth their memory. */
const MAX_INTERNED_LENGTH = 48
const interned = new Map<string, string>()

/** The same string object for equal texts of all blocks: later look-ups in maps find its hash ready. */
function intern(text: string): string {
  const known = interned.get(text)
  if (known !== undefined) return known
  if (interned.size >= MAX_INTERNED) interned.clear()
  // A copy: a slice would keep the text of its whole block in memory.
  const encoding = WIDE.test(text) ? 'utf16le' : 'latin1'
  const copy = Buffer.from(text, encoding).toString(encoding)
  interned.set(copy, copy)
  return copy
}
