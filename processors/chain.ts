// The processors chained in memory, for a replay: no records and no log between panes and windows.
import type { Gap } from '../schemas/records.ts'
import type { SalesColumns } from '../schemas/sales-columns.ts'
import { Alignment } from './aggregate/alignment.ts'
import { Cells, FIELDS } from './aggregate/cells.ts'
import { KeyTable } from './aggregate/key-table.ts'
import { FRESH, type Resume } from './aggregate/resume.ts'
import { type PaneSink, Panes } from './panes.ts'
import { type WindowSink, Windows } from './windows.ts'

/** A replay finds its place by event time, so no offset is worth remembering. */
const NOWHERE: Resume = { offset: 0, watermarkMs: null }

/** Of one source there is nothing to align: its panes go straight on. */
class PanesIntoWindows implements PaneSink {
  readonly #windows: Windows

  constructor(windows: Windows) {
    this.#windows = windows
  }

  pane(startMs: number, cells: Cells, slot: number): void {
    const { keys, revisions, values } = cells
    this.#windows.pane(keys[slot]!, startMs, 0, revisions[slot]!, values, slot * FIELDS, NOWHERE)
  }

  minute(startMs: number, cells: Cells): void {
    this.#windows.minute(startMs, 0, cells, NOWHERE)
  }

  gap(gap: Gap): void {
    this.#windows.gap(gap, NOWHERE)
  }

  tick(upToMs: number): void {
    this.#windows.tick(upToMs, NOWHERE)
  }
}

/** What a source has fired, held back until all have come as far; cells are copies. */
type Held =
  | { readonly kind: 'minute' | 'pane'; readonly source: number; readonly startMs: number; cells: Cells }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'tick' }

/** One order out of several sources, by the same rule as the stage: see alignment.ts. */
class AlignedPanes {
  readonly #windows: Windows
  readonly #alignment: Alignment<Held>
  readonly #held = new Set<Cells>()

  constructor(windows: Windows, sources: number, watermarkMs: number | null) {
    this.#windows = windows
    this.#alignment = new Alignment(sources, watermarkMs, {
      record: held => this.#release(held),
      tick: upToMs => windows.tick(upToMs, NOWHERE),
    })
    windows.keys.heldBy(() => this.#held)
  }

  sinkOf(source: number): PaneSink {
    const push = (held: Held, tickMs: number | null = null) =>
      this.#alignment.push(source, held, tickMs, NOWHERE.offset)
    const hold = (kind: 'minute' | 'pane', startMs: number, cells: Cells) => {
      this.#held.add(cells)
      push({ kind, source, startMs, cells })
    }
    return {
      pane: (startMs, cells, slot) => hold('pane', startMs, oneCell(cells, slot)),
      minute: (startMs, cells) => {
        const copy = new Cells(cells.size)
        copy.copyFrom(cells)
        hold('minute', startMs, copy)
      },
      gap: gap => push({ kind: 'gap', gap }),
      tick: upToMs => push({ kind: 'tick' }, upToMs),
    }
  }

  #release(held: Held): void {
    if (held.kind === 'gap') this.#windows.gap(held.gap, NOWHERE)
    if (held.kind !== 'minute' && held.kind !== 'pane') return
    const { kind, source, startMs, cells } = held
    this.#held.delete(cells)
    if (kind === 'minute') this.#windows.minute(startMs, source, cells, NOWHERE)
    else this.#windows.pane(cells.keys[0]!, startMs, source, cells.revisions[0]!, cells.values, 0, NOWHERE)
  }
}

function oneCell(cells: Cells, slot: number): Cells {
  const one = new Cells(1)
  one.slotOf(cells.keys[slot]!)
  one.revisions[0] = cells.revisions[slot]!
  for (let field = 0; field < FIELDS; field++) one.values[field] = cells.values[slot * FIELDS + field]!
  return one
}

export interface ChainOptions {
  readonly allowedLatenessMs: number
  /** Partitions of `sales`; default 1. */
  readonly sources?: number
  /** The watermark that held before the first record; null where there was none. */
  readonly watermarkMs?: number | null
  /** Windows that closed at this watermark, and all it fired, are known: they are not given out again. */
  readonly finalAtMs?: number | null
}

/**
 * Panes of each partition of `sales`, and windows over all of them, with one key table between them. What
 * comes out is what the stages write, in the same order, whatever the order in which sources are handed in.
 */
export class Chain {
  readonly windows: Windows
  readonly #panes: readonly Panes[]

  constructor(options: ChainOptions, sink: (keys: KeyTable) => WindowSink) {
    const { allowedLatenessMs, sources = 1, watermarkMs = null, finalAtMs = null } = options
    const keys = new KeyTable()
    const resume = { watermarkMs, finalAtMs }
    this.windows = new Windows({ allowedLatenessMs, sources, ownsAll: true, keys }, sink(keys), resume)
    const aligned = sources === 1 ? null : new AlignedPanes(this.windows, sources, watermarkMs)
    // Panes begin afresh: open windows need those of before, too.
    const begin = { ...FRESH, watermarkMs }
    this.#panes = Array.from({ length: sources }, (_, source) => {
      const out = aligned === null ? new PanesIntoWindows(this.windows) : aligned.sinkOf(source)
      return new Panes({ allowedLatenessMs, keys }, out, begin)
    })
  }

  /** Records of one source, in its order. */
  handle(batch: SalesColumns, source = 0): void {
    this.#panes[source]!.handle(batch, 0)
  }

  /** How far a source has come; null before its first tick. */
  watermarkOf(source: number): number | null {
    return this.#panes[source]!.watermarkMs
  }
}
