// The windows stage: one partition of `panes` in, window records of the keys that live there out.
import { ALL_KEY } from '../schemas/keys.ts'
import { partitionOf } from '../schemas/partition.ts'
import type { Gap, PaneRecord, WindowRecord, WindowSize } from '../schemas/records.ts'
import { DAY_MS, floorTo } from '../schemas/time.ts'
import { Alignment } from './aggregate/alignment.ts'
import { type Cells, FIELDS } from './aggregate/cells.ts'
import { type KeyTable, NO_KEY } from './aggregate/key-table.ts'
import { isHome, readTotals } from './aggregate/pane-record.ts'
import type { Resume, ResumePoint } from './aggregate/resume.ts'
import { windowRecord } from './aggregate/window-record.ts'
import type { Emit, ProcessorPosition } from './stage.ts'
import { type WindowSink, Windows } from './windows.ts'

export interface WindowsStageOptions {
  readonly allowedLatenessMs: number
  /** The partition of `panes` that it reads, and of `windows` that it writes. */
  readonly partition: number
  readonly partitions: number
  /** Partitions of `sales`: how many sources fill this partition. */
  readonly sources: number
  /** Nothing was ever committed, or it is forgotten: see `handle`. */
  readonly isNew?: boolean
}

export class WindowsStage {
  readonly windows: Windows
  readonly #options: WindowsStageOptions
  readonly #alignment: Alignment<PaneRecord>
  readonly #values = new Float64Array(FIELDS)
  /** Where reading began behind records that are gone: the first tick of each source. Else null. */
  #firstTicks: Map<number, number> | null = null
  #hasBegun = false

  constructor(options: WindowsStageOptions, resume: ResumePoint, emit: Emit<'windows', WindowRecord>) {
    const { partition, partitions, sources, allowedLatenessMs } = options
    this.#options = options
    const sink = new WindowRecords(partition, emit, () => this.windows.keys)
    const ownsAll = partitionOf(ALL_KEY, partitions) === partition
    this.windows = new Windows({ allowedLatenessMs, sources, ownsAll }, sink, resume)
    this.#alignment = new Alignment(sources, resume.watermarkMs, {
      record: (record, here) => this.#apply(record, here),
      tick: (upToMs, here) => this.windows.tick(upToMs, here),
    })
  }

  /**
   * A new stage that begins behind what retention has dropped sees the windows of then in part only. Whoever
   * was there before has written them whole, so they are left alone, and nothing is committed before the last
   * of them is closed: begun anew, it leaves out the same.
   */
  handle(records: readonly PaneRecord[], firstOffset: number): void {
    if (!this.#hasBegun && this.#options.isNew === true && firstOffset > 0) this.#firstTicks = new Map()
    this.#hasBegun = true
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!
      const tickMs = record.kind === 'tick' ? record.upToMs : null
      if (tickMs !== null) this.#noteTick(record.source ?? 0, tickMs)
      this.#alignment.push(record.source ?? 0, record, tickMs, firstOffset + i)
    }
    this.windows.keys.sweepHourly(this.windows.watermarkMs)
  }

  position(nextOffset: number): ProcessorPosition | null {
    const { watermarkMs, completeFromMs } = this.windows
    if (this.#firstTicks !== null) {
      const closedMs = floorTo(completeFromMs, DAY_MS) + DAY_MS + this.#options.allowedLatenessMs
      if (watermarkMs === null || watermarkMs < closedMs) return null
    }
    const resume = this.windows.resume(this.#alignment.oldest({ offset: nextOffset, watermarkMs }))
    return { ...resume, finalAtMs: this.windows.finalAtMs }
  }

  /** All sources have ticked before anything of them is let out. */
  #noteTick(source: number, upToMs: number): void {
    if (this.#firstTicks === null || this.#firstTicks.has(source)) return
    this.#firstTicks.set(source, upToMs)
    this.windows.completeFromMs = Math.max(this.windows.completeFromMs, upToMs)
  }

  #apply(record: PaneRecord, here: Resume): void {
    if (record.kind === 'gap') this.windows.gap(record, here)
    const { partition, partitions } = this.#options
    if (record.kind !== 'pane' || !isHome(record.key, partition, partitions)) return
    const keyId = this.windows.keys.idOfKey(record.key)
    if (keyId === NO_KEY) return
    readTotals(record, this.#values)
    this.windows.pane(keyId, record.startMs, record.source, record.revision, this.#values, 0, here)
  }
}

class WindowRecords implements WindowSink {
  readonly #partition: number
  readonly #emit: Emit<'windows', WindowRecord>
  readonly #keys: () => KeyTable

  constructor(partition: number, emit: Emit<'windows', WindowRecord>, keys: () => KeyTable) {
    this.#partition = partition
    this.#emit = emit
    this.#keys = keys
  }

  window(size: WindowSize, startMs: number, cells: Cells, slot: number, partial: boolean): void {
    this.#emit('windows', this.#partition, windowRecord(this.#keys(), size, startMs, cells, slot, partial))
  }

  gap(gap: Gap): void {
    this.#emit('windows', this.#partition, { ...gap, source: this.#partition })
  }

  tick(upToMs: number): void {
    this.#emit('windows', this.#partition, { kind: 'tick', upToMs, source: this.#partition })
  }
}
