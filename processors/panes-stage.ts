// The panes stage: one partition of `sales` in, pane records for the partitions of `panes` out.

import { DIMENSIONS, type Key } from '../schemas/keys.ts'
import { partitionOf } from '../schemas/partition.ts'
import type { PaneRecord, SalesRecord } from '../schemas/records.ts'
import { salesColumns } from '../schemas/sales-columns.ts'
import type { Cells } from './aggregate/cells.ts'
import type { ResumePoint } from './aggregate/resume.ts'
import { type PaneSink, Panes } from './panes.ts'
import type { Emit, ProcessorPosition } from './stage.ts'
import { BROADCAST } from './topology.ts'

export interface PanesStageOptions {
  readonly allowedLatenessMs: number
  /** The partition of `sales` that it reads: the `source` of its panes. */
  readonly source: number
  readonly outputPartitions: number
}

export class PanesStage {
  readonly panes: Panes

  constructor(options: PanesStageOptions, resume: ResumePoint, emit: Emit<'panes', PaneRecord>) {
    this.panes = new Panes(options, new PaneRecords(options, emit, () => this.panes), resume)
  }

  handle(records: readonly SalesRecord[], firstOffset: number): void {
    this.panes.handle(salesColumns(records), firstOffset)
  }

  /** Since the last call: baskets met again, and what came after the allowed lateness. */
  takeCounts(): readonly { readonly what: 'duplicate' | 'too-late'; readonly count: number }[] {
    const { duplicates, tooLate } = this.panes.counts
    this.panes.counts.duplicates = 0
    this.panes.counts.tooLate = 0
    return [
      { what: 'duplicate', count: duplicates },
      { what: 'too-late', count: tooLate },
    ]
  }

  position(nextOffset: number): ProcessorPosition {
    return { ...this.panes.resume(nextOffset), finalAtMs: this.panes.finalAtMs }
  }
}

/** Turns fired panes into records and sends each to the partitions that need it. */
class PaneRecords implements PaneSink {
  readonly #source: number
  readonly #partitions: number
  readonly #emit: Emit<'panes', PaneRecord>
  readonly #panes: () => Panes

  constructor(options: PanesStageOptions, emit: Emit<'panes', PaneRecord>, panes: () => Panes) {
    this.#source = options.source
    this.#partitions = options.outputPartitions
    this.#emit = emit
    this.#panes = panes
  }

  minute(startMs: number, cells: Cells): void {
    for (let slot = 0; slot < cells.size; slot++) this.pane(startMs, cells, slot)
  }

  pane(startMs: number, cells: Cells, slot: number): void {
    const keys = this.#panes().keys
    const keyId = cells.keys[slot]!
    const key: Key = keys.key(keyId)
    const record: PaneRecord = {
      kind: 'pane',
      key,
      startMs,
      source: this.#source,
      revision: cells.revisions[slot]!,
      ...cells.totals(slot),
    }
    if (BROADCAST.has(DIMENSIONS[keys.dimension(keyId)]!)) this.#toAll(record)
    else this.#emit('panes', partitionOf(key, this.#partitions), record)
  }

  gap(gap: Parameters<PaneSink['gap']>[0]): void {
    this.#toAll({ ...gap, source: this.#source })
  }

  tick(upToMs: number): void {
    this.#toAll({ kind: 'tick', upToMs, source: this.#source })
  }

  #toAll(record: PaneRecord): void {
    for (let partition = 0; partition < this.#partitions; partition++) this.#emit('panes', partition, record)
  }
}
