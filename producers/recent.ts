// A bounded memory of what was used lately, in two generations: cheap, and nothing in it grows old.

export interface Recent<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

export interface RecentOptions {
  /** Entries of one generation; at most twice as many are held. */
  readonly maxEntries: number
  /** An entry is forgotten between one and two of these after it was set. */
  readonly forMs: number
  readonly nowMs: () => number
}

export function createRecent<V>({ maxEntries, forMs, nowMs }: RecentOptions): Recent<V> {
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  let bornMs = nowMs()

  /** Ages by time; a clock that was turned back only makes it younger. */
  function age(): void {
    const ageMs = nowMs() - bornMs
    if (ageMs < forMs) return
    old = ageMs < 2 * forMs ? young : new Map()
    young = new Map()
    bornMs = nowMs()
  }

  return {
    get(key) {
      age()
      return young.get(key) ?? old.get(key)
    },
    set(key, value) {
      age()
      if (young.size >= maxEntries) {
        old = young
        young = new Map()
      }
      young.set(key, value)
    },
  }
}
