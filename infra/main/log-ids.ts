// A set of identities in little memory: 128 bits each, for as many as a log may hold.
import { createHash } from 'node:crypto'

/** Basket ids are 128 bits already, as 22 characters of base64url; the last has two bits of them. */
const BASKET_ID = /^[\w-]{21}[AQgw]$/
const WORDS = 4
const FIRST_SLOTS = 1 << 16

/** Some 32 to 64 bytes an identity. Texts are told apart by 128 bits of them or of their hash. */
export class IdSet {
  #slots = new Int32Array(FIRST_SLOTS * WORDS)
  #size = 0
  readonly #id = new Int32Array(WORDS)

  get size(): number {
    return this.#size
  }

  /** True where it is new. */
  add(text: string): boolean {
    this.#read(text)
    if (!this.#put(this.#slots)) return false
    this.#size++
    if (this.#size * WORDS * 2 > this.#slots.length) this.#grow()
    return true
  }

  #read(text: string): void {
    const bytes = BASKET_ID.test(text)
      ? Buffer.from(text, 'base64url')
      : createHash('sha256').update(text).digest()
    for (let word = 0; word < WORDS; word++) this.#id[word] = bytes.readInt32LE(word * 4)
    // All zeros stand for an empty slot.
    this.#id[0] = this.#id[0]! | 1
  }

  #put(slots: Int32Array): boolean {
    const count = slots.length / WORDS
    const id = this.#id
    for (let slot = (id[1]! >>> 0) % count; ; slot = (slot + 1) % count) {
      const at = slot * WORDS
      if (slots[at] === 0) {
        slots.set(id, at)
        return true
      }
      if (
        slots[at] === id[0] &&
        slots[at + 1] === id[1] &&
        slots[at + 2] === id[2] &&
        slots[at + 3] === id[3]
      )
        return false
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at] === 0) continue
      this.#id.set(old.subarray(at, at + WORDS))
      this.#put(this.#slots)
    }
  }
}
