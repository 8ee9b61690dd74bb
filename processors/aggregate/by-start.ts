// By start: what is open for one stretch of event time each, in the order of time.

interface Started {
  readonly startMs: number
}

/** A sorted list: a tick looks at what is due without making and sorting a list of all that is open. */
export class ByStart<T extends Started> {
  readonly #sorted: T[] = []

  get(startMs: number): T | undefined {
    const place = this.#placeOf(startMs)
    const found = this.#sorted[place]
    return found?.startMs === startMs ? found : undefined
  }

  add(open: T): void {
    this.#sorted.splice(this.#placeOf(open.startMs), 0, open)
  }

  /** Visits those from the oldest on, for as long as `visit` answers; what answers 'close' is let go. */
  fromOldest(visit: (open: T) => 'keep' | 'close' | 'stop'): void {
    const sorted = this.#sorted
    let kept = 0
    let at = 0
    for (; at < sorted.length; at++) {
      const open = sorted[at]!
      const answer = visit(open)
      if (answer === 'stop') break
      if (answer === 'keep') sorted[kept++] = open
    }
    if (kept < at) sorted.splice(kept, at - kept)
  }

  values(): readonly T[] {
    return this.#sorted
  }

  /** Where it stands, or belongs; most are asked for at the end. */
  #placeOf(startMs: number): number {
    let place = this.#sorted.length
    while (place > 0 && this.#sorted[place - 1]!.startMs >= startMs) place--
    return place
  }
}
