// Byte strings as small numbers, without making strings of them: a few thousand met a million times.

/** FNV-1a, over words of four bytes. */
const BASIS = 0x811c9dc5
const PRIME = 0x01000193
const WORD = 4
const FIRST_PLACES = 1 << 12

function hashOf(data: DataView, from: number, end: number): number {
  let hash = BASIS
  let at = from
  for (; at + WORD <= end; at += WORD) hash = Math.imul(hash ^ data.getInt32(at), PRIME)
  for (; at < end; at++) hash = Math.imul(hash ^ data.getUint8(at), PRIME)
  // The upper bits know all of the word, the lower ones only its end.
  return hash ^ (hash >>> 15)
}

function areEqual(key: DataView, data: DataView, from: number, end: number): boolean {
  const length = key.byteLength
  if (length !== end - from) return false
  let i = 0
  for (; i + WORD <= length; i += WORD) if (key.getInt32(i) !== data.getInt32(from + i)) return false
  for (; i < length; i++) if (key.getUint8(i) !== data.getUint8(from + i)) return false
  return true
}

export class ByteKeys {
  readonly #keys: DataView[] = []
  /** By place, one more than the number; 0: free. A power of two of them, of which half are used at most. */
  #places = new Int32Array(FIRST_PLACES)

  /** From 0 on in the order met. */
  numberOf(data: DataView, from: number, end: number): number {
    const mask = this.#places.length - 1
    let place = hashOf(data, from, end) & mask
    for (; this.#places[place] !== 0; place = (place + 1) & mask) {
      const number = this.#places[place]! - 1
      if (areEqual(this.#keys[number]!, data, from, end)) return number
    }
    const copy = data.buffer.slice(data.byteOffset + from, data.byteOffset + end)
    const number = this.#keys.push(new DataView(copy)) - 1
    this.#places[place] = number + 1
    if (this.#keys.length * 2 > this.#places.length) this.#grow()
    return number
  }

  #grow(): void {
    this.#places = new Int32Array(this.#places.length * 2)
    const mask = this.#places.length - 1
    for (const [number, key] of this.#keys.entries()) {
      let place = hashOf(key, 0, key.byteLength) & mask
      while (this.#places[place] !== 0) place = (place + 1) & mask
      this.#places[place] = number + 1
    }
  }
}
