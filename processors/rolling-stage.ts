// The rolling stage: one partition of `panes` in, leaders records out, once it has caught up.
import type { LeadersRecord, PaneRecord } from '../schemas/records.ts'
import { Alignment } from './aggregate/alignment.ts'
import { FIELDS } from './aggregate/cells.ts'
import { NO_KEY } from './aggregate/key-table.ts'
import { isHome, readTotals } from './aggregate/pane-record.ts'
import { Rolling } from './rolling.ts'
import type { Emit, ProcessorPosition } from './stage.ts'

export interface RollingStageOptions {
  readonly allowedLatenessMs: number
  readonly partition: number
  readonly partitions: number
  readonly sources: number
  /** See `RollingOptions`. */
  readonly quietUpToMs: number
}

/**
 * Holds a day in memory and nothing else: it starts a day before the end of the log and needs no position.
 */
export class RollingStage {
  readonly rolling: Rolling
  readonly #options: RollingStageOptions
  readonly #alignment: Alignment<PaneRecord>
  readonly #values = new Float64Array(FIELDS)

  constructor(options: RollingStageOptions, emit: Emit<'leaders', LeadersRecord>) {
    const { allowedLatenessMs, partition, quietUpToMs, sources } = options
    this.#options = options
    this.rolling = new Rolling({ allowedLatenessMs, sources, quietUpToMs }, leaders =>
      emit('leaders', 0, { kind: 'leaders', source: partition, ...leaders }),
    )
    this.#alignment = new Alignment(sources, null, {
      record: record => this.#apply(record),
      tick: upToMs => this.rolling.tick(upToMs),
    })
  }

  handle(records: readonly PaneRecord[], firstOffset: number): void {
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!
      const tickMs = record.kind === 'tick' ? record.upToMs : null
      this.#alignment.push(record.source ?? 0, record, tickMs, firstOffset + i)
    }
    this.rolling.keys.sweepHourly(this.rolling.watermarkMs)
  }

  position(nextOffset: number): ProcessorPosition {
    return { offset: nextOffset, watermarkMs: this.rolling.watermarkMs, finalAtMs: null }
  }

  #apply(record: PaneRecord): void {
    if (record.kind === 'gap') this.rolling.gap(record)
    const { partition, partitions } = this.#options
    if (record.kind !== 'pane' || !isHome(record.key, partition, partitions)) return
    const keyId = this.rolling.keys.idOfKey(record.key)
    if (keyId === NO_KEY) return
    readTotals(record, this.#values)
    this.rolling.pane(keyId, record.startMs, record.source, record.revision, this.#values)
  }
}
