// How far reports have come, in memory.
import type { ReportRun, ReportRuns, ReportVersion } from '../../infra/ports.ts'

/** Nothing was made yet. */
export function createFakeReportRuns(): ReportRuns {
  const holds = new Map<string, { readonly holder: string; readonly untilMs: number }>()
  const runs = new Map<string, ReportRun>()
  const versions = new Map<string, ReportVersion>()
  return {
    async take(zone, holder, nowMs, untilMs) {
      const hold = holds.get(zone)
      if (hold !== undefined && hold.holder !== holder && hold.untilMs > nowMs) return false
      holds.set(zone, { holder, untilMs })
      return true
    },
    async leave(zone, holder) {
      if (holds.get(zone)?.holder === holder) holds.set(zone, { holder, untilMs: Number.NEGATIVE_INFINITY })
    },
    async write(zone, holder, { runs: changed, version, untilMs }) {
      if (holds.get(zone)?.holder !== holder) return false
      holds.set(zone, { holder, untilMs })
      for (const run of changed) runs.set(`${zone} ${run.day}`, { ...run, zone })
      if (version !== undefined) versions.set(`${zone} ${version.day} ${version.version}`, version)
      return true
    },
    async runs(zone, fromDay, toDay) {
      const found = [...runs.values()].filter(
        run => run.zone === zone && run.day >= fromDay && run.day <= toDay,
      )
      return found.sort((a, b) => (a.day < b.day ? -1 : 1))
    },
    async versions(zone, day) {
      const found = [...versions].filter(([key]) => key.startsWith(`${zone} ${day} `))
      return found.map(([, version]) => version).sort((a, b) => b.version - a.version)
    },
    async listed(zone, fromDay, toDay) {
      const found = [...versions].filter(
        ([key, { day }]) => key.startsWith(`${zone} `) && day >= fromDay && day <= toDay,
      )
      return found
        .map(([, { day, version, isPartial, headline, files }]) => ({
          day,
          version,
          isPartial,
          headline,
          files,
        }))
        .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.version - b.version))
    },
  }
}
