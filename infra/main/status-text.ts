// The one screen of `bct status`, and what counts as degraded.
import type { Status } from '../../dashboard/core/api.ts'
import type { MailStatus, ReportStatus } from '../../dashboard/core/api-alerts.ts'
import { safeText } from '../../dashboard/core/safe-text.ts'
import { systemClock } from '../system/clock.ts'
import { healthText } from './mail-watch.ts'
import type { Colors } from './output.ts'
import { table } from './output.ts'
import { type RunInfo, stagesMissing } from './run-file.ts'

/** Results older than this are no longer live: the same bound as readiness. */
const MAX_BEHIND_MS = 600_000
const SECOND_MS = 1_000
const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400
const PERCENT = 100
/** A folder of the operator's own, or a mail server. */
const MAX_PLACE_CHARS = 200
const MAX_LETTER_KINDS = 4
const UNTRUSTED_PROXY =
  'requests come through a proxy that is not trusted, so all visitors count as one in every limit: set BCT_TRUST_PROXY'

export interface Verdict {
  readonly degraded: boolean
  /** Why, in words; empty where all is well. */
  readonly reasons: readonly string[]
}

/**
 * Stages that run nowhere, silence and results far behind are degraded; a start and catching up are not.
 * `status` is null where no dashboard runs that could tell.
 */
export function verdictOf(status: Status | null, runs: readonly RunInfo[] = []): Verdict {
  const reasons: string[] = stagesMissing(runs).map(name => `${name} runs nowhere`)
  if (status === null) return { degraded: reasons.length > 0, reasons }
  reasons.push(...feedReasons(status))
  if (status.mail?.health.isFailing) reasons.push(`mail fails: ${healthText(status.mail.health)}`)
  if (status.report?.lastState === 'failed') reasons.push(`the report of ${status.report.lastDay} failed`)
  return { degraded: reasons.length > 0, reasons }
}

/** What is wrong with the feed, or with how far its sales have come. */
function feedReasons(status: Status): readonly string[] {
  const reasons = status.state === 'silent' ? ['the feed is silent'] : []
  const behindMs = status.watermarkMs === null ? 0 : status.nowMs - status.watermarkMs
  const settled = status.state === 'alive' || status.state === 'silent'
  return settled && behindMs > MAX_BEHIND_MS ? [...reasons, `results are ${span(behindMs)} behind`] : reasons
}

/** `6d 4h`, `17h 5m`, `3m 20s`, `45s`: the two largest units. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / SECOND_MS))
  if (s >= DAY_S) return `${Math.floor(s / DAY_S)}d ${Math.floor((s % DAY_S) / HOUR_S)}h`
  if (s >= HOUR_S) return `${Math.floor(s / HOUR_S)}h ${Math.floor((s % HOUR_S) / MINUTE_S)}m`
  if (s >= MINUTE_S) return `${Math.floor(s / MINUTE_S)}m ${s % MINUTE_S}s`
  return `${s}s`
}

function clockTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19).concat('Z')
}

function words(parts: readonly (string | null)[]): string {
  return parts.filter(part => part !== null).join(' · ')
}

function percent(share: number): string {
  return `${Math.round(share * PERCENT)} %`
}

/** What else is degraded has a line of its own. */
function feedRow(status: Status): string[] {
  const { lastSaleMs, watermarkMs, nowMs, itemsPerMinute } = status
  return [
    'feed',
    feedReasons(status).length > 0 ? 'DEGRADED' : 'ok',
    words([
      status.state,
      lastSaleMs === null ? 'no sale yet' : `last sale ${clockTime(lastSaleMs)}`,
      watermarkMs === null ? null : `${span(nowMs - watermarkMs)} behind`,
      itemsPerMinute === null ? null : `${itemsPerMinute.toFixed(1)} items/min`,
    ]),
  ]
}

export interface Answered {
  readonly url: string | null
  readonly runs: readonly RunInfo[]
  /** Null where no dashboard runs. */
  readonly status: Status | null
}

/** The screen, without a newline at its end. */
export function statusText({ url, runs, status }: Answered, colors: Colors): string {
  const { degraded, reasons } = verdictOf(status, runs)
  const [run] = runs
  const nowMs = status?.nowMs ?? systemClock.nowMs()
  const up = run === undefined ? null : `up ${span(nowMs - run.startedAtMs)}`
  const head = [`Bandcamp Tracker ${run?.version ?? ''}`.trimEnd(), status?.mode ?? run?.mode, up, url]
  const word = degraded ? colors.red('DEGRADED') : colors.green('ok')
  const rows = status === null ? [] : statusRows(status)
  if (runs.length > 1 || status === null) rows.push(...runs.map(processRow))
  const why = reasons.map(reason => `degraded: ${reason}`)
  return [`${head.filter(part => part != null).join('   ')}   ${word}`, table(rows), ...why].join('\n')
}

function processRow({ pid, stages, url, historyProgress }: RunInfo): string[] {
  const writing = historyProgress === null ? null : 'writes the first history'
  return ['process', String(pid), words([stages.join(', '), url, writing])]
}

function statusRows(status: Status): string[][] {
  const rows = [feedRow(status)]
  if (status.modeReason !== null) rows.push(['mode', status.mode, safeText(status.modeReason)])
  if (status.historyProgress !== null) {
    rows.push(['history', 'writing', `${percent(status.historyProgress)} of the first history is there`])
  }
  const coverage = status.coverage === null ? 'an unknown share' : percent(status.coverage)
  rows.push(['genres', status.coverage === null ? '–' : 'ok', `genre known for ${coverage} of the last 24 h`])
  for (const { name, lagRecords } of status.stages) {
    // Unknown is not zero.
    rows.push([name, lagRecords === null ? 'unknown' : 'ok', lagText(lagRecords)])
  }
  if (status.deadLetters.length > 0) rows.push(letterRow(status.deadLetters))
  if (status.mail !== null) rows.push(mailRow(status.mail))
  if (status.report !== null) rows.push(reportRow(status.report, status.nowMs))
  if (status.untrustedProxy) rows.push(['proxy', 'WARNING', UNTRUSTED_PROXY])
  return rows
}

function letterRow(counts: Status['deadLetters']): string[] {
  const all = counts.reduce((sum, { count }) => sum + count, 0)
  const kinds = counts
    .slice(0, MAX_LETTER_KINDS)
    .map(c => `${safeText(c.stage)}: ${safeText(c.reason)} ${c.count}`)
  return ['dead letters', String(all), words([...kinds, 'see bct dead-letters list'])]
}

function mailRow(mail: MailStatus): string[] {
  const { place, isReal, waiting, failed, sentToday, suppressedToday, health } = mail
  const told = [`${sentToday} sent today`, `${waiting} waiting`, `${failed} failed`]
  if (health.overdue > 0) told.push(`${health.overdue} overdue`)
  const held = suppressedToday === 0 ? null : `${suppressedToday} held back today`
  const where = isReal ? place : `files in ${place}`
  return [
    'mail',
    health.isFailing ? 'DEGRADED' : 'ok',
    words([...told, held, safeText(where, MAX_PLACE_CHARS)]),
  ]
}

function reportRow({ lastDay, lastState, nextAtMs, zone }: ReportStatus, nowMs: number): string[] {
  const last = lastDay === null ? 'none yet' : `${lastDay} ${lastState ?? ''}`.trimEnd()
  const next = nextAtMs === null ? null : `next in ${span(nextAtMs - nowMs)} (${zone})`
  return ['report', lastState === 'failed' ? 'FAILED' : 'ok', words([last, next])]
}

function lagText(lagRecords: number | null): string {
  return lagRecords === null ? 'lag unknown' : `lag ${lagRecords.toLocaleString('en')} records`
}
