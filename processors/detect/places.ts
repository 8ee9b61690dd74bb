// Gives each tag and artist a place in the flat tables; places of forgotten keys are used again.
import { grownBytes, grownInts } from './tables.ts'

export const NONE = -1
/** Twice as many as artists sell in a year; keys beyond are refused and counted. */
const MAX_PLACES = 2_000_000
/** Before so many keys of a class were seen, as many are assumed. */
const LEAST_KEYS = 100
const FIRST_LENGTH = 1_024

export class Places {
  keyIds = new Int32Array(FIRST_LENGTH).fill(NONE)
  classes = new Uint8Array(FIRST_LENGTH)
  /** Minute since the epoch in which the key was seen first. */
  firstSeen = new Int32Array(FIRST_LENGTH)
  /** One more than the highest place in use. */
  size = 0
  /** Keys that were one too many. */
  refused = 0
  #placeOfKey = new Int32Array(FIRST_LENGTH).fill(NONE)
  readonly #keysOfClass: number[] = []
  readonly #free: number[] = []

  find(keyId: number): number {
    return keyId < this.#placeOfKey.length ? this.#placeOfKey[keyId]! : NONE
  }

  /** The place of a key, made where it is new; NONE where there is no room. */
  placeOf(keyId: number, cls: number, minute: number): number {
    const known = this.find(keyId)
    if (known !== NONE) return known
    const place = this.#free.pop() ?? this.#append()
    if (place === NONE) return NONE
    if (keyId >= this.#placeOfKey.length) this.#placeOfKey = grownInts(this.#placeOfKey, keyId + 1, NONE)
    this.#placeOfKey[keyId] = place
    this.keyIds[place] = keyId
    this.classes[place] = cls
    this.firstSeen[place] = minute
    this.#keysOfClass[cls] = (this.#keysOfClass[cls] ?? 0) + 1
    return place
  }

  forget(place: number): void {
    this.#placeOfKey[this.keyIds[place]!] = NONE
    this.keyIds[place] = NONE
    this.#keysOfClass[this.classes[place]!]!--
    this.#free.push(place)
  }

  isUsed(place: number): boolean {
    return this.keyIds[place] !== NONE
  }

  /** Keys of a class that are held, and not fewer than a small market has. */
  keysOfClass(cls: number): number {
    return Math.max(LEAST_KEYS, this.#keysOfClass[cls] ?? 0)
  }

  /** Key ids that must stay. */
  held(): { readonly keys: Int32Array; readonly size: number } {
    const keys = this.keyIds.filter(id => id !== NONE)
    return { keys, size: keys.length }
  }

  /** Id, class, first sight, and the way back from the id. */
  get bytesPerKey(): number {
    const { keyIds, classes, firstSeen } = this
    return [keyIds, classes, firstSeen, this.#placeOfKey].reduce((sum, t) => sum + t.BYTES_PER_ELEMENT, 0)
  }

  #append(): number {
    if (this.size === MAX_PLACES) {
      this.refused++
      return NONE
    }
    if (this.size === this.keyIds.length) {
      this.keyIds = grownInts(this.keyIds, this.size + 1, NONE)
      this.firstSeen = grownInts(this.firstSeen, this.size + 1)
      this.classes = grownBytes(this.classes, this.size + 1)
    }
    return this.size++
  }
}
