// Gap list: the stretches of event time that could not be read, as far back as an open window can reach.
import type { Gap } from '../../schemas/records.ts'
import type { Resume } from './resume.ts'

interface KnownGap {
  readonly fromMs: number
  readonly toMs: number
  readonly resume: Resume
}

/** Bounded by time: `dropBefore` forgets what no open window can touch. */
export class GapList {
  #gaps: KnownGap[] = []

  /** False where the very same gap is known already (every source partition reports it). */
  add(gap: Gap, resume: Resume): boolean {
    if (this.#gaps.some(known => known.fromMs === gap.fromMs && known.toMs === gap.toMs)) return false
    this.#gaps.push({ fromMs: gap.fromMs, toMs: gap.toMs, resume })
    return true
  }

  touches(startMs: number, endMs: number): boolean {
    for (const gap of this.#gaps) if (gap.fromMs < endMs && startMs < gap.toMs) return true
    return false
  }

  /** Forgets gaps that end at or before `timeMs`. */
  dropBefore(timeMs: number): void {
    if (this.#gaps.length > 0) this.#gaps = this.#gaps.filter(gap => gap.toMs > timeMs)
  }

  /** The older of `than` and what the gaps need. */
  oldest(than: Resume): Resume {
    let oldest = than
    for (const { resume } of this.#gaps) if (resume.offset < oldest.offset) oldest = resume
    return oldest
  }
}
