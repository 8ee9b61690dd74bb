// Text table: finds texts by their bytes in one flat piece of memory, so that looking a key up makes no string.
import { byteLength, isWide, type Texts, textFrom } from '../../schemas/texts.ts'

/** A record of the arena: the id, the code of the text with its tag, then its bytes, four to a number. */
const AT_ID = 0
const AT_CODE = 1
const HEAD = 2
/** Bits of the tag in a record's code. */
const TAG_BITS = 3

const ABSENT = -1
const MIX = 0x9e3779b1
const ASCII = new TextDecoder()
/** The high bit of each of four bytes. */
const NOT_ASCII = 0x8080_8080 | 0

/**
 * A table (tag, text) → id, with ids that the caller chooses. Against a map of strings this saves making, hashing and
 * comparing a string for each look-up, and the garbage collector sees three arrays instead of a million objects.
 */
export class TextTable {
  /** Pairs (hash, place of the record); place 0 is empty. A find costs two cache misses: here and the record. */
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

  constructor(expected: number) {
    this.#index = new Int32Array(expected * 4)
    this.#arena = new Int32Array(expected * 8)
    this.#records = new Int32Array(expected)
  }

  /** The id of the text at `place` of `texts` under a tag from 0 to 7, or -1. */
  find(texts: Texts, place: number, tag: number): number {
    const code = texts.codes[place]!
    const start = texts.starts[place]!
    const { bytes } = texts
    const length = byteLength(code)
    const sought = this.#room(length)
    const whole = length >> 2
    for (let i = 0; i < whole; i++) sought[i] = bytes.getInt32(start + i * 4, true)
    if ((length & 3) !== 0) {
      let last = 0
      for (let at = length - 1; at >= whole * 4; at--) last = (last << 8) | bytes.getUint8(start + at)
      sought[whole] = last
    }
    return this.#findSought((code << TAG_BITS) | tag)
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
    return this.#findSought((((text.length << 1) | (wide ? 1 : 0)) << TAG_BITS) | tag)
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
    const code = this.#arena[at + AT_CODE]! >>> TAG_BITS
    const length = byteLength(code)
    let all = code & 1 ? NOT_ASCII : 0
    const words = (length + 3) >> 2
    for (let i = 0; i < words; i++) all |= this.#arena[at + HEAD + i]!
    const start = (at + HEAD) * 4
    if ((all & NOT_ASCII) === 0) return ASCII.decode(new Uint8Array(this.#arena.buffer, start, length))
    return textFrom(new DataView(this.#arena.buffer), start, code)
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
    this.#reindex()
  }

  clear(): void {
    this.#index.fill(0)
    this.#end = 1
    this.#count = 0
  }

  #room(bytes: number): Int32Array {
    this.#soughtWords = (bytes + 3) >> 2
    if (this.#soughtWords > this.#sought.length) this.#sought = new Int32Array(this.#soughtWords * 2)
    return this.#sought
  }

  #findSought(code: number): number {
    const words = this.#soughtWords
    const sought = this.#sought
    const hash = hashOf(sought, 0, words, code)
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
  for (let i = from; i < from + count; i++) {
    hash = Math.imul(hash ^ words[i]!, MIX)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

function grown(array: Int32Array, least: number): Int32Array {
  const larger = new Int32Array(Math.max(least, array.length * 2))
  larger.set(array)
  return larger
}
