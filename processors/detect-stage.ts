// The detect stage: every partition of `sales` in, alerts out; minutes are added up as the panes stage does.
import type { Alert } from '../schemas/alerts.ts'
import type { Gap, SaleItem, SalesRecord } from '../schemas/records.ts'
import { type SalesColumns, salesColumns } from '../schemas/sales-columns.ts'
import type { Cells } from './aggregate/cells.ts'
import { KeyTable } from './aggregate/key-table.ts'
import { FRESH } from './aggregate/resume.ts'
import { Detector } from './detect/detector.ts'
import type { ClassTuning } from './detect/tuning.ts'
import { type PaneSink, Panes } from './panes.ts'

/** Titles and names are remembered for so many items at least, the newest, twice as many at most: 10 MB. */
const TEXTS_KEPT = 20_000

export interface DetectStageOptions {
  /** Partitions of `sales`. */
  readonly sources: number
  /** Alerts up to this watermark are in the log already. */
  readonly quietUpToMs: number
  readonly tuning?: readonly ClassTuning[]
}

type Texts = Pick<SaleItem, 'artistName' | 'title' | 'artUrl'>

/**
 * Its state is a function of everything in `sales` since the beginning: a restart reads it again, and tells
 * nothing that was told before. On-time panes only, so it waits for no lateness.
 */
export class DetectStage {
  readonly detector: Detector
  readonly #panes: readonly Panes[]
  #texts = new Map<string, Texts>()
  #olderTexts = new Map<string, Texts>()

  constructor({ sources, quietUpToMs, tuning }: DetectStageOptions, emit: (alert: Alert) => void) {
    const keys = new KeyTable()
    const textsOf = (url: string) => this.#texts.get(url) ?? this.#olderTexts.get(url) ?? null
    const options = { keys, sources, quietUpToMs, textsOf, ...(tuning === undefined ? {} : { tuning }) }
    this.detector = new Detector(options, emit)
    this.#panes = Array.from({ length: sources }, (_, source) => {
      return new Panes({ allowedLatenessMs: 0, keys }, new PanesIntoDetector(this.detector, source), FRESH)
    })
  }

  /** Records of one partition of `sales`, in order. */
  handle(source: number, records: readonly SalesRecord[]): void {
    for (const record of records) {
      const sale = record.kind === 'sale' ? record : record.kind === 'amend' ? record.sale : null
      for (const item of sale?.items ?? []) this.#remember(item)
    }
    this.handleColumns(source, salesColumns(records))
  }

  handleColumns(source: number, columns: SalesColumns): void {
    this.detector.evidence.take(columns)
    this.#panes[source]!.handle(columns, 0)
  }

  get watermarkMs(): number | null {
    return this.detector.watermarkMs
  }

  #remember({ url, artistName, title, artUrl }: SaleItem): void {
    if (this.#texts.has(url)) return
    this.#texts.set(url, { artistName, title, artUrl })
    if (this.#texts.size < TEXTS_KEPT) return
    this.#olderTexts = this.#texts
    this.#texts = new Map()
  }
}

class PanesIntoDetector implements PaneSink {
  readonly #detector: Detector
  readonly #source: number

  constructor(detector: Detector, source: number) {
    this.#detector = detector
    this.#source = source
  }

  /** A pane that changed after it had fired: too late for an alert. */
  pane(): void {}

  minute(startMs: number, cells: Cells): void {
    this.#detector.minute(this.#source, startMs, cells)
  }

  gap(gap: Gap): void {
    this.#detector.gap(gap)
  }

  tick(upToMs: number): void {
    this.#detector.tick(this.#source, upToMs)
  }
}
