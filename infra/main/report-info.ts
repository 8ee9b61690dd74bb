// What the page and the status say of reports: from the store, whichever process makes them.
import type { ReportDay } from '../../dashboard/core/api-alerts.ts'
import type { ReportsInfo } from '../../dashboard/server/dashboard.ts'
import { addDays } from '../../sinks/report/core/day.ts'
import { kindOf } from '../../sinks/report/core/paths.ts'
import { newestDueDay, nextDueAtMs, type Schedule } from '../../sinks/report/core/schedule.ts'
import type { Clock, ReportArchive, ReportRuns } from '../ports.ts'

/** More than a year, as the page shows. */
const LISTED_DAYS = 400
/** The last one that was made is looked for among these. */
const STATUS_DAYS = 7

type Listed = Awaited<ReturnType<ReportRuns['listed']>>[number]

const filesOf = ({ files }: Listed) =>
  files.flatMap(({ path, bytes }) => {
    const kind = kindOf(path)
    return kind === null ? [] : [{ kind, path, bytes }]
  })

export function reportsInfo({
  runs: book,
  archive,
  schedule,
  clock,
}: {
  readonly runs: ReportRuns
  readonly archive: Pick<ReportArchive, 'get'>
  readonly schedule: Schedule
  readonly clock: Pick<Clock, 'nowMs'>
}): ReportsInfo {
  const { zone } = schedule
  const newest = () => newestDueDay(clock.nowMs(), schedule)
  return {
    async list() {
      const [fromDay, toDay] = [addDays(newest(), 1 - LISTED_DAYS), addDays(newest(), 1)]
      const [runs, listed] = await Promise.all([
        book.runs(zone, fromDay, toDay),
        book.listed(zone, fromDay, toDay),
      ])
      const reports = runs.toReversed().map((run): ReportDay => {
        const versions = listed.filter(({ day }) => day === run.day).reverse()
        return {
          day: run.day,
          zone,
          state: run.state,
          reason: run.reason,
          isPartial: versions[0]?.isPartial ?? false,
          headline: versions[0]?.headline ?? null,
          versions: versions
            .filter(({ files }) => files.length > 0)
            .map(version => ({ version: version.version, files: filesOf(version) })),
        }
      })
      return { zone, nextAtMs: nextDueAtMs(clock.nowMs(), schedule), reports: reports.slice(0, LISTED_DAYS) }
    },
    file: path => archive.get(path),
    async status() {
      const runs = await book.runs(zone, addDays(newest(), 1 - STATUS_DAYS), newest())
      const last = runs.at(-1)
      const nextAtMs = nextDueAtMs(clock.nowMs(), schedule)
      return { lastDay: last?.day ?? null, lastState: last?.state ?? null, nextAtMs, zone }
    },
  }
}
