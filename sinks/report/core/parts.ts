// Pieces that pages of the report share: tables of leaders, changes, links, the footer.

import { longDay, shortDay } from '../../../schemas/day-words.ts'
import { type Html, html } from '../../../schemas/html.ts'
import { safeUrl } from '../../../schemas/safe-text.ts'
import { sparkline } from './charts.ts'
import { clockAt, dayOf, offsetMinutesAt } from './day.ts'
import type { Change, DailyReport, RankedRow } from './model.ts'
import type { Paper } from './style.ts'
import { changeText, countText, hoursText, offsetText, shareText, shownText, usdText } from './words.ts'

export interface RenderOptions {
  readonly paper: Paper
  /** Where the dashboard is, without a slash at the end; null: no links to it. */
  readonly publicUrl: string | null
  /** Where this very report can be found again. */
  readonly archiveUrl?: string | null
  /** Pictures as `data:image/…` by their address; what is missing is left out. */
  readonly covers?: ReadonlyMap<string, string>
  /** What is different from the last version, a sentence each. */
  readonly changes?: readonly string[]
}

export interface Printed {
  readonly report: DailyReport
  readonly options: RenderOptions
}

/** Never a colour alone: the mark says it too. */
export function changeMark(change: Change | null): Html {
  return markOf(changeText(change))
}

export function markOf(text: string): Html {
  const kind = text.startsWith('▲') ? 'rise' : text.startsWith('▼') ? 'drop' : 'muted'
  return html`<span class="${kind}">${text}</span>`
}

/** `▲2`, `▼1`, `★` for what was not among the leaders, `=` for what kept its place. */
export function rankMark({ rank, rankBefore }: RankedRow): Html {
  if (rank === 0 || rankBefore === null) return html``
  if (rankBefore === 0) return html` <span class="rise">★</span>`
  const moved = rankBefore - rank
  return moved === 0 ? html` =` : html` ${markOf(`${moved > 0 ? '▲' : '▼'}${Math.abs(moved)}`)}`
}

/** The live view of this day under one filter. */
export function liveUrl(
  { report, options }: Printed,
  filter: Readonly<Record<string, string>>,
): string | null {
  if (options.publicUrl === null) return null
  const at = (ms: number) => new Date(ms).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z')
  const params = new URLSearchParams({
    range: 'custom',
    from: at(report.fromMs),
    to: at(report.toMs),
    ...filter,
  })
  return `${options.publicUrl}/?${params}`
}

/** A link where there is somewhere to go, else the text alone. */
export function link(url: string | null, content: Html): Html {
  return url === null ? content : html`<a href="${url}">${content}</a>`
}

const COVER = /^data:image\/(png|jpeg|webp|gif|svg\+xml);base64,[A-Za-z0-9+/=]+$/

export function cover({ options }: Printed, artUrl: string | null): Html {
  const data = artUrl === null ? undefined : options.covers?.get(artUrl)
  return data !== undefined && COVER.test(data) ? html`<img class="cover" alt="" src="${data}">` : html``
}

/** A name that a seller wrote, isolated so that its direction turns nothing around it. */
export function sellerName(text: string, fallback: string): Html {
  return html`<bdi class="name">${shownText(text, shownText(fallback, 'unnamed'))}</bdi>`
}

export interface TableOptions {
  readonly title: string
  readonly note: string
  readonly first: string
  readonly rows: readonly RankedRow[]
  readonly name: (row: RankedRow) => Html
  readonly column: 'spark' | 'share' | 'usd'
  /** By value; null for hours that were not read. */
  readonly sparks?: ReadonlyMap<string, readonly (number | null)[]>
}

const COLUMN_HEADS = { spark: 'by hour', share: 'share', usd: 'revenue' } as const
const SPARK_WIDTH = 62
const SPARK_HEIGHT = 12

function lastCell(row: RankedRow, { column, sparks }: TableOptions): Html {
  if (column === 'usd') return html`${usdText(row.revenueUsdCents)}`
  if (column === 'share') return html`${shareText(row.share)}`
  const values = sparks?.get(row.value)
  return values === undefined
    ? html``
    : sparkline(values, `Sales of ${shownText(row.value, 'it')} by hour`, SPARK_WIDTH, SPARK_HEIGHT)
}

/** Leaders of a dimension: rank and how it changed, name, sales, change on the week before, one more. */
export function leaders(options: TableOptions): Html {
  const { title, note, first, rows, name, column } = options
  if (rows.length === 0)
    return html`<section><h2>${title}</h2><p class="muted">Nothing was sold.</p></section>`
  const body = rows.map(
    row =>
      html`<tr><td class="left rank">${row.rank === 0 ? html`<b>·</b>` : html`<b>${row.rank}</b>${rankMark(row)}`}</td><th scope="row">${name(row)}</th><td>${countText(row.items)}</td><td>${changeMark(row.weekBefore)}</td><td>${lastCell(row, options)}</td></tr>`,
  )
  const width = column === 'spark' ? 'spark' : column === 'usd' ? 'usd' : 'num'
  return html`<section><h2>${title} <small>${note}</small></h2><table><thead><tr><th scope="col" class="left rank">rank</th><th scope="col" class="left">${first}</th><th scope="col" class="num">sales</th><th scope="col" class="chg">on week</th><th scope="col" class="${width}">${COLUMN_HEADS[column]}</th></tr></thead><tbody>${body}</tbody></table></section>`
}

/** `00:00–24:00 Europe/London (UTC+0)`; with both offsets where clocks change, and the day's first hour. */
export function periodText({ fromMs, toMs, zone, hours }: DailyReport): string {
  const [first, last] = [offsetMinutesAt(fromMs, zone), offsetMinutesAt(toMs - 1, zone)]
  const offsets = first === last ? offsetText(first) : `${offsetText(first)}, then ${offsetText(last)}`
  const length = hours === 24 ? '' : ` · ${hoursText(hours)}-hour day`
  return `${clockAt(fromMs, zone)}–24:00 ${zone} (${offsets})${length}`
}

export function utcPeriodText({ fromMs, toMs }: DailyReport): string {
  const at = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
  return `${at(fromMs)} to ${at(toMs)} UTC`
}

export function asOfText({ asOfMs, zone }: DailyReport): string {
  return `as of ${shortDay(dayOf(asOfMs, zone))} ${clockAt(asOfMs, zone)}`
}

export function titleOf({ day, zone, isPartial, revision }: DailyReport): string {
  const marks = `${isPartial ? ' (PARTIAL)' : ''}${revision > 1 ? ` (version ${revision})` : ''}`
  return `Bandcamp Tracker · Daily report · ${longDay(day)} · ${zone}${marks}`
}

/** On every page: whose figures, which period, as of when, how complete, which version, where to find it. */
export function footer({ report, options }: Printed, page: number, pages: number): Html {
  const { quality, revision, build, feed } = report
  const coverage = quality.coverage === null ? '' : ` · genres of ${shareText(quality.coverage)}`
  const where = options.archiveUrl ?? options.publicUrl
  const place = where === null || where === undefined ? '' : link(safeUrl(where), html`${where}`)
  const source = feed === 'live' ? '' : ` · ${feed} sales`
  return html`<footer class="foot"><span>${utcPeriodText(report)} · ${asOfText(report)} · read ${shareText(quality.completeness)}${coverage}${source}</span><span>${place}</span><span>v${revision} · build ${build} · page ${page}/${pages}</span></footer>`
}
