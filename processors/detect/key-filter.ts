// Which keys a stretch does not mention: bits of those that it does, so that a look for another one is cheap.

/** Anything odd and large: neighbours land far from each other. */
const SPREAD = 0x9e3779b1
const WORD_BITS = 32
/** For each mention; most keys are mentioned often, so that one in ten of other keys passes at most. */
const BITS_PER_MENTION = 4

export class KeyFilter {
  readonly #bits: Int32Array
  readonly #shift: number

  /** Of the first `size` key ids of each part. */
  constructor(parts: readonly { readonly keys: Int32Array; readonly size: number }[]) {
    const mentions = parts.reduce((sum, { size }) => sum + size, 0)
    const wordBits = Math.ceil(Math.log2(Math.max(2, (mentions * BITS_PER_MENTION) / WORD_BITS)))
    this.#bits = new Int32Array(2 ** wordBits)
    // The upper bits of a product are the ones that depend on all of the number.
    this.#shift = WORD_BITS - wordBits
    for (const { keys, size } of parts) {
      for (let k = 0; k < size; k++) {
        const mixed = Math.imul(keys[k]!, SPREAD)
        this.#bits[mixed >>> this.#shift]! |= 1 << mixed
      }
    }
  }

  /** False: it is not mentioned. True: most likely it is. */
  mayHave(keyId: number): boolean {
    const mixed = Math.imul(keyId, SPREAD)
    return (this.#bits[mixed >>> this.#shift]! & (1 << mixed)) !== 0
  }
}
