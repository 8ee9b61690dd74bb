// Daily reports of a running product: where they are kept, what they are made from, and what the page shows.
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { ReportsInfo } from '../../dashboard/server/dashboard.ts'
import type { MessageContent } from '../../schemas/subscriptions.ts'
import { reportAttachments } from '../../sinks/report/attachments.ts'
import { collectReport } from '../../sinks/report/collect.ts'
import { renderHtml } from '../../sinks/report/core/render.ts'
import type { Schedule } from '../../sinks/report/core/schedule.ts'
import type { ReportParts } from '../../sinks/report/parts.ts'
import { createFolderArchive } from '../archive/folder.ts'
import type { Clock, MailAttachment, PdfRenderer, ReportArchive, Telemetry } from '../ports.ts'
import type { PostgresStore } from '../postgres/store.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { reportsInfo } from './report-info.ts'
import { pageUrlOf, type Running } from './running.ts'

const S3 = /^s3:\/\/([^/]+)\/?(.*)$/u

type ArchiveConfig = Pick<Config, 'dataDir' | 'reportArchive' | 's3Endpoint' | 's3Region'>

export interface OpenArchive {
  readonly archive: ReportArchive
  close(): void
}

/** The archive of a mode: what was not sold on Bandcamp is never kept beside what was. */
export async function openArchive(config: ArchiveConfig, mode: Mode): Promise<OpenArchive> {
  const { reportArchive: place, s3Endpoint: endpoint, s3Region: region } = config
  const [, bucket, under] = S3.exec(place ?? '') ?? []
  if (bucket !== undefined) {
    // Only for those who use it: it takes its time to load.
    const { createS3Archive } = await import('../s3/archive.ts')
    const prefix = [under!.replace(/\/+$/, ''), mode === 'live' ? '' : mode]
      .filter(part => part !== '')
      .join('/')
    const archive = createS3Archive({ bucket, prefix, region, endpoint })
    return { archive, close: () => archive.close() }
  }
  const dir = place === null ? modeDir(config, mode) : path.join(place, mode === 'live' ? '' : mode)
  return { archive: createFolderArchive(dir), close: () => {} }
}

/** A browser is looked for when the first report is printed. */
export function lazyRenderer(
  config: Pick<Config, 'chromiumPath'>,
  clock: Clock,
  say: (text: string) => void,
): PdfRenderer {
  let opening: Promise<PdfRenderer> | null = null
  const open = async (): Promise<PdfRenderer> => {
    const { createPdfRenderer } = await import('../chromium/renderer.ts')
    return createPdfRenderer({ executablePath: config.chromiumPath, clock, say })
  }
  return {
    async pdf(html, options) {
      opening ??= open()
      return (await opening).pdf(html, options)
    },
    async close() {
      await (await opening)?.close()
    },
  }
}

export interface ReportOptions {
  readonly config: Config
  readonly mode: Mode
  readonly store: PostgresStore
  /** The time of the feed, and of the machine. */
  readonly clock: Clock
  readonly pace: Clock
  readonly telemetry: Telemetry
  readonly version: string
  /** Where people reach the page; null: nowhere that is known. */
  readonly publicUrl: () => string | null
}

export interface Reports {
  readonly archive: ReportArchive
  readonly schedule: Schedule
  readonly parts: ReportParts
  readonly info: ReportsInfo
  readonly attachments: (content: MessageContent) => Promise<readonly MailAttachment[]>
  /** Idempotent. */
  close(): Promise<void>
}

export async function openReports(options: ReportOptions): Promise<Reports> {
  const { config, mode, store, clock, pace, telemetry, version: build, publicUrl } = options
  const { archive, close } = await openArchive(config, mode)
  const pdf = lazyRenderer(config, pace, text => telemetry.info(text))
  const schedule = { zone: config.reportZone, at: config.reportAt }
  const { reportZone: zone, reportPaper: paper } = config
  const parts: ReportParts = {
    ...{ archive, pdf, schedule, paper, clock, pace, telemetry },
    runs: store.reportRuns,
    history: store,
    outbox: store.outbox,
    subscribers: store.subscribers,
    collect: (day, asOfMs, revision) =>
      collectReport(store, store.alertBook, { day, zone, asOfMs, revision, build, feed: mode }),
    html: (report, changes) => renderHtml(report, { paper, publicUrl: publicUrl(), changes }),
    allowedLatenessMs: config.allowedLatenessMs,
    operatorEmail: config.operatorEmail,
    holder: randomUUID(),
  }
  return {
    ...{ archive, schedule, parts },
    info: reportsInfo({ runs: store.reportRuns, archive, schedule, clock }),
    attachments: content => reportAttachments(content, archive),
    async close() {
      await pdf.close()
      close()
    },
  }
}

/** The reports of a running product. `dashboardUrl`: of this process; null where it has no dashboard. */
export function openReportsOf(running: Running, dashboardUrl: () => string | null): Promise<Reports> {
  const { options, choice, resources } = running
  return openReports({
    config: options.loaded.config,
    mode: choice.mode,
    store: resources.store,
    clock: choice.clock,
    pace: options.clock,
    telemetry: options.system.telemetry,
    version: options.version,
    publicUrl: () => pageUrlOf(running, dashboardUrl),
  })
}
