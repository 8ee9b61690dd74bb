// Which places had a sale since this was asked last: what grows is looked for among them.
import { grownBytes } from './tables.ts'

export class Touched {
  #marks = new Uint8Array(1_024)

  reserve(places: number): void {
    if (places > this.#marks.length) this.#marks = grownBytes(this.#marks, places)
  }

  add(place: number): void {
    this.#marks[place] = 1
  }

  /** Takes the marks off; places from `size` on are not in use. */
  take(size: number): readonly number[] {
    const places: number[] = []
    for (let place = 0; place < size; place++) {
      if (this.#marks[place] === 0) continue
      this.#marks[place] = 0
      places.push(place)
    }
    return places
  }

  get bytesPerKey(): number {
    return this.#marks.BYTES_PER_ELEMENT
  }
}
