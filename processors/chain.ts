// The processors chained in memory, for a replay of one partition: no records and no log between them.
import type { Gap } from '../schemas/records.ts'
import type { SalesColumns } from '../schemas/sales-columns.ts'
import { type Cells, FIELDS } from './aggregate/cells.ts'
import { KeyTable } from './aggregate/key-table.ts'
import { FRESH, type Resume } from './aggregate/resume.ts'
import { type PaneSink, Panes } from './panes.ts'
import { type WindowSink, Windows } from './windows.ts'

/** A replay starts again from the beginning of its range, so no place is worth remembering. */
const NOWHERE: Resume = { offset: 0, watermarkMs: null }

class PanesIntoWindows implements PaneSink {
  readonly #windows: Windows

  constructor(windows: Windows) {
    this.#windows = windows
  }

  pane(startMs: number, cells: Cells, slot: number): void {
    this.#windows.pane(
      cells.keys[slot]!,
      startMs,
      0,
      cells.revisions[slot]!,
      cells.values,
      slot * FIELDS,
      NOWHERE,
    )
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

/** Panes and windows over one partition of `sales`, with one key table between them. */
export class Chain {
  readonly panes: Panes
  readonly windows: Windows

  constructor(options: { readonly allowedLatenessMs: number }, sink: (keys: KeyTable) => WindowSink) {
    const { allowedLatenessMs } = options
    const keys = new KeyTable()
    this.windows = new Windows({ allowedLatenessMs, sources: 1, ownsAll: true, keys }, sink(keys), FRESH)
    this.panes = new Panes({ allowedLatenessMs, keys }, new PanesIntoWindows(this.windows), FRESH)
  }

  handle(batch: SalesColumns): void {
    this.panes.handle(batch, 0)
  }
}
