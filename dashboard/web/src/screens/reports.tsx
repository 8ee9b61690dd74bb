// The screen of reports: a day each, with its state, files and versions; and when the next one is due.
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ReportDay, ReportsPage } from '../../../core/api-alerts.ts'
import { durationText } from '../../../core/display.ts'
import { API_PATHS } from '../../../core/query.ts'
import { Icon, Text } from '../components/parts.tsx'
import { localDayTime, serverMs } from '../state/clock.ts'
import { place } from '../state/location.ts'
import { askReports, reports, reportsProblem } from '../state/reports.ts'
import { openSignUp } from '../state/wishes.ts'

const STATE_TEXTS: Readonly<Record<ReportDay['state'], string>> = {
  due: 'due',
  collecting: 'being made',
  rendered: 'being made',
  archived: 'ready',
  sending: 'being sent',
  sent: 'sent',
  failed: 'failed',
  skipped: 'not sent',
}

type File = ReportDay['versions'][number]['files'][number]
const FILE_TEXTS: Readonly<Record<File['kind'], string>> = {
  pdf: 'PDF',
  html: 'Page',
  csv: 'CSV',
  json: 'JSON',
}

const fileUrl = (path: string): string =>
  `${API_PATHS.reportFiles}/${path.split('/').map(encodeURIComponent).join('/')}`

const KB = 1_000
const sizeText = (bytes: number): string =>
  bytes < KB * KB ? `${Math.max(1, Math.round(bytes / KB))} kB` : `${(bytes / KB / KB).toFixed(1)} MB`

const dayName = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})
/** A day of a calendar has no zone of its own. */
function dayText(day: string): string {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(ms) ? day : dayName.format(ms)
}

function FileLink({ file, day, isMain }: { file: File; day: string; isMain: boolean }): JSX.Element {
  const isOpened = file.kind === 'pdf' || file.kind === 'html'
  return (
    <a
      class={`button small ${isMain ? 'primary' : ''}`}
      href={fileUrl(file.path)}
      {...(isOpened ? { target: '_blank', rel: 'noopener' } : { download: '' })}
    >
      <Icon name={isOpened ? 'page' : 'down'} />
      {FILE_TEXTS[file.kind]}
      <span class="only-spoken"> of {dayText(day)}</span>
      {file.bytes !== null && <span class="file-size">{sizeText(file.bytes)}</span>}
    </a>
  )
}

function Files({
  files,
  day,
  isMain,
}: {
  files: readonly File[]
  day: string
  isMain: boolean
}): JSX.Element {
  return (
    <span class="files">
      {files.map(file => (
        <FileLink key={file.path} file={file} day={day} isMain={isMain && file.kind === 'pdf'} />
      ))}
    </span>
  )
}

function Day({ report, isNamed }: { report: ReportDay; isNamed: boolean }): JSX.Element {
  const [newest, ...older] = report.versions
  // Not sent is nothing wrong by itself: why stands with it, and not as a problem below.
  const isExplained = report.state === 'skipped' && report.reason !== null
  return (
    <li
      id={`report-${report.day}`}
      class={`report-day ${isNamed ? 'is-named' : ''}`}
      aria-current={isNamed ? 'true' : undefined}
    >
      <div class="report-head">
        <h2>{dayText(report.day)}</h2>
        <span class={`report-state ${report.state}`}>
          {STATE_TEXTS[report.state]}
          {isExplained && (
            <>
              : <Text value={report.reason ?? ''} max={120} />
            </>
          )}
        </span>
        {report.isPartial && (
          <span class="badge" title="A part of the day could not be read: numbers are lower bounds">
            partial
          </span>
        )}
        {newest !== undefined && newest.version > 1 && <span class="badge">version {newest.version}</span>}
      </div>
      {report.headline !== null && (
        <p class="report-line">
          <Text value={report.headline} max={300} />
        </p>
      )}
      {report.reason !== null && !isExplained && (
        <p class="report-reason">
          <Text value={report.reason} max={300} />
        </p>
      )}
      {newest === undefined ? (
        <p class="muted">No files yet.</p>
      ) : (
        <Files files={newest.files} day={report.day} isMain />
      )}
      {older.length > 0 && (
        <details>
          <summary>{older.length === 1 ? 'An earlier version' : `${older.length} earlier versions`}</summary>
          {older.map(({ version, files }) => (
            <p key={version} class="older-version">
              <span class="muted">Version {version}</span>{' '}
              <Files files={files} day={report.day} isMain={false} />
            </p>
          ))}
        </details>
      )}
    </li>
  )
}

function nextText({ nextAtMs, zone }: ReportsPage): string {
  if (nextAtMs === null) return 'No reports are made here.'
  const inMs = nextAtMs - serverMs.value
  const when = inMs <= 0 ? 'is due now' : `is due in ${durationText(inMs)}`
  return `The next one ${when}, ${localDayTime(nextAtMs)} your time. A day is a day in ${zone}.`
}

function Nothing({ page }: { page: ReportsPage }): JSX.Element {
  return (
    <div class="empty-page" role="status">
      <h2>No report yet</h2>
      <p>
        {page.nextAtMs === null
          ? 'This installation makes no reports.'
          : 'Each morning yesterday is put together as a PDF with its numbers as CSV and JSON, and kept here.'}
      </p>
    </div>
  )
}

function List({ page }: { page: ReportsPage }): JSX.Element {
  const wanted = place.value.screen === 'reports' ? place.value.day : null
  const isThere = page.reports.some(({ day }) => day === wanted)
  useEffect(() => {
    if (wanted !== null) document.getElementById(`report-${wanted}`)?.scrollIntoView({ block: 'center' })
  }, [wanted, isThere])
  return (
    <>
      {wanted !== null && !isThere && (
        <p class="banner" role="status">
          There is no report of {dayText(wanted)}.
        </p>
      )}
      <ol class="report-list">
        {page.reports.map(report => (
          <Day key={`${report.zone} ${report.day}`} report={report} isNamed={report.day === wanted} />
        ))}
      </ol>
    </>
  )
}

export function ReportsScreen(): JSX.Element {
  const page = reports.value
  const problem = reportsProblem.value
  return (
    <>
      <div class="screen-head">
        <div>
          <h1>Reports</h1>
          <p class="muted">{page === null ? 'One each morning, of the day before.' : nextText(page)}</p>
        </div>
        <p class="screen-ways">
          <button type="button" class="button primary" onClick={() => openSignUp([], { report: true })}>
            <Icon name="bell" /> Mail it to me
          </button>
        </p>
      </div>
      {problem !== null && (
        <p class="banner problem" role="alert">
          <span>{problem}</span>
          <button type="button" class="button small" onClick={() => void askReports()}>
            Try again
          </button>
        </p>
      )}
      {page === null && problem === null && (
        <div class="report-day" aria-hidden="true">
          <span class="ghost" />
        </div>
      )}
      {page !== null && (page.reports.length === 0 ? <Nothing page={page} /> : <List page={page} />)}
    </>
  )
}
