// Text row: makes strings of texts that lie one behind the other, many with one call of the decoder.

/** A call of the decoder costs as much as four texts; a longer row gains nothing. */
const ROW_TEXTS = 64
/** A text that follows the last one this closely (in words) begins a row. */
const NEAR_WORDS = 256
const NOT_ASCII = 0x8080_8080 | 0
const ASCII = new TextDecoder()

/**
 * Where the text of a record begins in the arena, how many bytes it has, and where the next record begins.
 */
export interface RecordShape {
  readonly head: number
  /** Bytes of the text; -1 where it is wide. */
  length(at: number): number
}

/**
 * Keys come out of a day's window mostly in the order of their making, so the next ones are decoded with the
 * one asked for: 40 ns for each instead of 200. Only ASCII is decoded here: its bytes are its characters.
 */
export class TextRow {
  readonly #words = new Int32Array(4096)
  readonly #ats = new Int32Array(ROW_TEXTS)
  readonly #starts = new Int32Array(ROW_TEXTS)
  #count = 0
  #cursor = 0
  #text = ''
  /** Behind the record decoded last. */
  #next = 0

  /** The text of the record at `at`; null where it is not ASCII. `end` is where records end. */
  text(arena: Int32Array, at: number, end: number, shape: RecordShape): string | null {
    while (this.#cursor < this.#count && this.#ats[this.#cursor]! < at) this.#cursor++
    if (this.#cursor === this.#count || this.#ats[this.#cursor] !== at) {
      const isRow = at >= this.#next && at - this.#next < NEAR_WORDS
      if (!isRow && this.#cursor < this.#count) return this.#one(arena, at, shape)
      this.#gather(arena, at, end, isRow ? ROW_TEXTS : 1, shape)
      if (this.#count === 0) return null
    }
    const start = this.#starts[this.#cursor]!
    return this.#text.slice(start, start + shape.length(at))
  }

  /** Call it when records have moved. */
  forget(): void {
    this.#count = 0
    this.#cursor = 0
    this.#next = 0
  }

  #one(arena: Int32Array, at: number, { head, length }: RecordShape): string | null {
    const bytes = length(at)
    if (bytes < 0 || !isAscii(arena, at + head, bytes)) return null
    return ASCII.decode(new Uint8Array(arena.buffer, (at + head) * 4, bytes))
  }

  #gather(arena: Int32Array, from: number, end: number, most: number, { head, length }: RecordShape): void {
    const words = this.#words
    this.#count = 0
    this.#cursor = 0
    let used = 0
    let at = from
    while (this.#count < most && at < end) {
      const bytes = length(at)
      const size = (bytes + 3) >> 2
      if (bytes < 0 || used + size > words.length || !isAscii(arena, at + head, bytes)) break
      for (let i = 0; i < size; i++) words[used + i] = arena[at + head + i]!
      this.#ats[this.#count] = at
      this.#starts[this.#count++] = used * 4
      used += size
      at += head + size
    }
    this.#next = at
    this.#text = ASCII.decode(new Uint8Array(words.buffer, 0, used * 4))
  }
}

function isAscii(arena: Int32Array, from: number, bytes: number): boolean {
  let all = 0
  for (let i = 0; i < (bytes + 3) >> 2; i++) all |= arena[from + i]!
  return (all & NOT_ASCII) === 0
}
