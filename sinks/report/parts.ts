// What the report stage needs from outside.
import type {
  Clock,
  History,
  Outbox,
  PdfRenderer,
  ReportArchive,
  ReportRuns,
  Subscribers,
  Telemetry,
} from '../../infra/ports.ts'
import type { DailyReport } from './core/model.ts'
import type { Schedule } from './core/schedule.ts'

export interface ReportParts {
  readonly runs: ReportRuns
  readonly history: Pick<History, 'extent'>
  readonly archive: ReportArchive
  readonly pdf: Pick<PdfRenderer, 'pdf'>
  readonly outbox: Pick<Outbox, 'post'>
  readonly subscribers: Pick<Subscribers, 'subscribers'>
  /** Reads what a day's report says; rejects as the history does. */
  readonly collect: (day: string, asOfMs: number, revision: number) => Promise<DailyReport>
  /** The page that is printed; `changes` against the version before, a sentence each. */
  readonly html: (report: DailyReport, changes: readonly string[]) => string
  readonly schedule: Schedule
  readonly paper: 'A4' | 'Letter'
  readonly allowedLatenessMs: number
  /** Who hears of reports that fail; null: nobody, by mail. */
  readonly operatorEmail: string | null
  /** Names this process, as nobody else is named. */
  readonly holder: string
  /** The time of the feed: when a report is due. */
  readonly clock: Clock
  /** The time of the machine: how long something is held, when to look again. */
  readonly pace: Clock
  readonly telemetry: Telemetry
}
