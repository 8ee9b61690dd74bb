// Counts distinct purchases by key id, where lines of one purchase come one after the other.

export class Tally {
  /** Of all keys together. */
  sum = 0
  readonly #counts = new Map<number, number>()
  readonly #last = new Map<number, number>()

  /** Counts the key once for each basket. */
  add(keyId: number, basket: number): void {
    if (this.#last.get(keyId) === basket) return
    this.#last.set(keyId, basket)
    this.#counts.set(keyId, (this.#counts.get(keyId) ?? 0) + 1)
    this.sum++
  }

  /** Most purchases first; ties in the order in which they were first sold, which every replay repeats. */
  top(most: number): readonly (readonly [number, number])[] {
    return [...this.#counts]
      .filter(([keyId]) => keyId >= 0)
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
  }
}
