// Text table: finds texts by their bytes in one flat piece of memory, so that looking a key up makes no
// string.
import { byteLength, isWide, type Texts, textFrom } from '../../schemas/texts.ts'
import { type RecordShape, TextRow } from './text-row.ts'

/** A record of the arena: the id, the code of the text with its tag, then its bytes, four to a number. */
const AT_ID = 0
const AT_CODE = 1
const HEAD = 2
/** Bits of the tag in a record's code. */
const TAG_BITS = 3

const ABSENT = -1
const MIX = 0x9e3779b1

/** Keeps what was only touched, so that no compiler drops the reading. */
const READ = { touched: 0 }

/**
 * A table (tag, text) → id, with ids that the caller chooses. Against a map of strings this saves making,
 * hashing and comparing a string for each look-up, and the garbage collector sees three arrays instead of a
 * million objects.
 */
export class TextTable {
  /**
   * Pairs (hash, place of the record); place 0 is empty. A find costs two cache misses: here and the record.
   */
  #index: Int32Array
  #arena: Int32Array
  #end = 1
  #count = 0
  /** By id, the place of its record; 0: none. */
  #records: Int32Array
  /** The text looked for last. */
  #sought = new Int32Array(64)
  #soughtWords = 0
  #soughtCode = 0
  #soughtHash = 0
  readonly #row = new TextRow()
  readonly #shape: RecordShape = {
    head: HEAD,
    length: at => {
      const code = this.#arena[at + AT_CODE]! >>> TAG_BITS
      return (code & 1) === 1 ? -1 : code >>> 1
    },
  }

  constructor(expected: number) {
    this.#index = new Int32Array(expected * 4)
    this.#arena = new Int32Array(expected * 8)
    this.#records = new Int32Array(expected)
  }

  /**
   * The hashes of many texts. It touches what `find` will read: the cache misses of look-ups that do not
   * wait for each other overlap, which makes a batch of them a third faster.
   */
  hashes(texts: Texts, places: Int32Array, tags: Uint8Array): Int32Array {
    const hashes = new Int32Array(places.length)
    for (let i = 0; i < hashes.length; i++) {
      const place = places[i]!
      if (place >= 0) hashes[i] = hashIn(texts, place, (texts.codes[place]! << TAG_BITS) | tags[i]!)
    }
    const index = this.#index
    const mask = index.length - 1
    let touched = 0
    for (let i = 0; i < hashes.length; i++) touched ^= this.#arena[index[((hashes[i]! << 1) & mask) + 1]!]!
    READ.touched = touched
    return hashes
  }

  /** The id of the text at `place` of `texts` under a tag from 0 to 7, or -1; its hash, where it is known. */
  find(texts: Texts, place: number, tag: number, hash?: number): number {
    const code = texts.codes[place]!
    const start = texts.starts[place]!
    const { bytes } = texts
    const length = byteLength(code)
    const sought = this.#room(length)
    const whole = length >> 2
    for (let i = 0; i < whole; i++) sought[i] = bytes.getInt32(start + i * 4, true)
    if ((length & 3) !== 0) sought[whole] = lastWord(bytes, start + whole * 4, start + length)
    const tagged = (code << TAG_BITS) | tag
    return this.#findSought(tagged, hash ?? hashOf(sought, 0, this.#soughtWords, tagged))
  }

  /** As `find`, of a string. */
  findText(text: string, tag: number): number {
    const wide = isWide(text)
    const perWord = wide ? 2 : 4
    const sought = this.#room(text.length * (wide ? 2 : 1))
    for (let i = 0, word = 0; i < text.length; word++) {
      let packed = 0
      for (let shift = 0; shift < 32 && i < text.length; shift += 32 / perWord) {
        packed |= text.charCodeAt(i++) << shift
      }
      sought[word] = packed
    }
    const tagged = (((text.length << 1) | (wide ? 1 : 0)) << TAG_BITS) | tag
    return this.#findSought(tagged, hashOf(sought, 0, this.#soughtWords, tagged))
  }

  /** Gives the text looked for last, which was not there, an id. */
  add(id: number): void {
    const words = this.#soughtWords
    const at = this.#end
    if (at + HEAD + words > this.#arena.length) this.#arena = grown(this.#arena, at + HEAD + words)
    if (id >= this.#records.length) this.#records = grown(this.#records, id + 1)
    if (this.#count * 4 >= this.#index.length) this.#reindex()
    this.#arena[at + AT_ID] = id
    this.#arena[at + AT_CODE] = this.#soughtCode
    for (let i = 0; i < words; i++) this.#arena[at + HEAD + i] = this.#sought[i]!
    this.#end = at + HEAD + words
    this.#records[id] = at
    this.#put(this.#soughtHash, at)
    this.#count++
  }

  has(id: number): boolean {
    return this.#records[id]! !== 0
  }

  text(id: number): string {
    const at = this.#records[id]!
    const text = this.#row.text(this.#arena, at, this.#end, this.#shape)
    if (text !== null) return text
    return textFrom(
      new DataView(this.#arena.buffer),
      (at + HEAD) * 4,
      this.#arena[at + AT_CODE]! >>> TAG_BITS,
    )
  }

  /** Forgets every id that is not `kept`, and packs the rest together. */
  keepOnly(kept: (id: number) => boolean): void {
    let end = 1
    // Records are in the order of their making, so each moves to where it was or before.
    for (let at = 1; at < this.#end; ) {
      const size = HEAD + wordsOf(this.#arena[at + AT_CODE]!)
      const id = this.#arena[at + AT_ID]!
      if (kept(id)) {
        this.#arena.copyWithin(end, at, at + size)
        this.#records[id] = end
        end += size
      } else {
        this.#records[id] = 0
        this.#count--
      }
      at += size
    }
    this.#end = end
    this.#row.forget()
    this.#reindex()
  }

  clear(): void {
    this.#index.fill(0)
    this.#end = 1
    this.#count = 0
    this.#row.forget()
  }

  #room(bytes: number): Int32Array {
    this.#soughtWords = (bytes + 3) >> 2
    if (this.#soughtWords > this.#sought.length) this.#sought = new Int32Array(this.#soughtWords * 2)
    return this.#sought
  }

  #findSought(code: number, hash: number): number {
    const words = this.#soughtWords
    const sought = this.#sought
    this.#soughtCode = code
    this.#soughtHash = hash
    const index = this.#index
    const arena = this.#arena
    const mask = index.length - 1
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const record = index[at + 1]!
      if (record === 0) return ABSENT
      if (index[at] !== hash || arena[record + AT_CODE] !== code) continue
      let i = 0
      while (i < words && arena[record + HEAD + i] === sought[i]) i++
      if (i === words) return arena[record + AT_ID]!
    }
  }

  #put(hash: number, record: number): void {
    const index = this.#index
    const mask = index.length - 1
    let at = (hash << 1) & mask
    while (index[at + 1] !== 0) at = (at + 2) & mask
    index[at] = hash
    index[at + 1] = record
  }

  /** Makes the index anew, with room for twice as many. */
  #reindex(): void {
    let length = this.#index.length
    while (length <= this.#count * 4) length *= 2
    this.#index = new Int32Array(length)
    for (let at = 1; at < this.#end; ) {
      const code = this.#arena[at + AT_CODE]!
      const words = wordsOf(code)
      this.#put(hashOf(this.#arena, at + HEAD, words, code), at)
      at += HEAD + words
    }
  }
}

function wordsOf(code: number): number {
  return (byteLength(code >>> TAG_BITS) + 3) >> 2
}

function hashOf(words: Int32Array, from: number, count: number, code: number): number {
  let hash = Math.imul(code, MIX)
  for (let i = from; i < from + count; i++) hash = mixed(hash, words[i]!)
  return hash ^ (hash >>> 13)
}

/** As `hashOf`, of a text where it lies. */
function hashIn({ bytes, starts, codes }: Texts, place: number, code: number): number {
  const end = starts[place]! + byteLength(codes[place]!)
  let hash = Math.imul(code, MIX)
  let at = starts[place]!
  for (; at + 4 <= end; at += 4) hash = mixed(hash, bytes.getInt32(at, true))
  if (at < end) hash = mixed(hash, lastWord(bytes, at, end))
  return hash ^ (hash >>> 13)
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, MIX)
  return product ^ (product >>> 15)
}

/** Fewer than four bytes as a word. */
function lastWord(bytes: DataView, from: number, end: number): number {
  let word = 0
  for (let at = end - 1; at >= from; at--) word = (word << 8) | bytes.getUint8(at)
  return word
}

function grown(array: Int32Array, least: number): Int32Array {
  const larger = new Int32Array(Math.max(least, array.length * 2))
  larger.set(array)
  return larger
}
