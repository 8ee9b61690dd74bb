// Page one: the answer, five figures, the day by the hour, who and what led, and what is known of the data.

import { longDay, shortDay, weekdayName } from '../../../schemas/day-words.ts'
import { type Html, html } from '../../../schemas/html.ts'
import { countryLabel, genreLabel } from '../../../schemas/names.ts'
import { safeUrl } from '../../../schemas/safe-text.ts'
import { hourChart, sparkline } from './charts.ts'
import { clockAt } from './day.ts'
import { figureChange, LEVELS, MEASURE_NAMES, shownFigure } from './headline.ts'
import { COMPLETE_FROM, type DailyReport, type DayPoint, type Measure, unreadHours } from './model.ts'
import {
  asOfText,
  cover,
  footer,
  leaders,
  link,
  liveUrl,
  markOf,
  type Printed,
  periodText,
  sellerName,
} from './parts.ts'
import { arrivalNotes, durationText, hoursText, NOTHING, shareText } from './words.ts'

const KPI_MEASURES = ['items', 'revenueUsdCents', 'baskets', 'averageUsdCents', 'overShare'] as const
/** More gaps than this are told by how long they are together. */
const NAMED_GAPS = 3
const SPARK_WIDTH = 96
const SPARK_HEIGHT = 18

function head({ report }: Printed): Html {
  const { day, revision } = report
  return html`<header class="head"><div><p class="name">Bandcamp Tracker · Daily report</p><h1>${longDay(day)}</h1></div><p class="about">${periodText(report)}<br>${asOfText(report)} · version ${revision}</p></header>`
}

function banner({ isPartial, quality, feed }: DailyReport): Html {
  const source =
    feed === 'live'
      ? null
      : `${feed === 'simulated' ? 'Simulated' : 'Recorded'} sales, not Bandcamp's of that day`
  const partial = isPartial
    ? `PARTIAL: ${shareText(quality.completeness)} of the day was read, counts are lower bounds`
    : null
  const texts = [partial, source].filter(text => text !== null)
  return texts.length === 0 ? html`` : html`<p class="banner" role="note">${texts.join(' · ')}</p>`
}

/** What the measure was on the 28 days before, for the spark. */
const OF_DAY: Readonly<Record<(typeof KPI_MEASURES)[number], (day: DayPoint) => number>> = {
  items: d => d.items,
  revenueUsdCents: d => d.revenueUsdCents,
  baskets: d => d.baskets,
  averageUsdCents: d => (d.items === 0 ? 0 : d.revenueUsdCents / d.items),
  overShare: d => (d.revenueUsdCents === 0 ? 0 : d.overUsdCents / d.revenueUsdCents),
}

function kpi(report: DailyReport, measure: (typeof KPI_MEASURES)[number]): Html {
  const figure = report.figures[measure]
  const against = (what: Measure, change: typeof figure.usual, words: string) =>
    html`<div class="against"><b>${markOf(figureChange(what, figure, change))}</b> ${words}</div>`
  const isLevel = LEVELS.has(measure)
  const past = report.days.filter(d => d.completeness >= COMPLETE_FROM && (!isLevel || d.items > 0))
  // A sum of a part of the day, and an average of nothing, would be drawn as a fall.
  const isDrawn = isLevel ? report.figures.items.value > 0 : !report.isPartial
  const drawn = [...past.map(OF_DAY[measure]), ...(isDrawn ? [figure.value] : [])]
  const label = `${MEASURE_NAMES[measure]} of ${drawn.length} days${isDrawn ? ' up to this one' : ' before this one'}`
  const spark = past.length < 2 ? html`` : sparkline(drawn, label, SPARK_WIDTH, SPARK_HEIGHT)
  return html`<div><dt>${MEASURE_NAMES[measure]}</dt><dd><span class="value">${shownFigure(report, measure)}</span>${against(measure, figure.weekBefore, `on last ${weekdayName(report.weekBefore).slice(0, 3)}`)}${against(measure, figure.dayBefore, 'on day before')}${against(measure, figure.usual, 'on 28-day median')}${spark}</dd></div>`
}

/** `gap 03:10–03:24`; of more than a few stretches, how long they are together. */
function unreadText({ quality: { unread }, zone }: DailyReport, missingMs: number): string {
  if (unread.length > NAMED_GAPS) return `${durationText(missingMs)} not read in ${unread.length} stretches`
  const gaps = unread.map(({ fromMs, toMs }) => `${clockAt(fromMs, zone)}–${clockAt(toMs, zone)}`)
  return `${gaps.length === 1 ? 'gap' : 'gaps'} ${gaps.join(', ')}`
}

/** Completeness in words, gaps by the clock, and what else a reader should know before believing. */
function dataNote(report: DailyReport): Html {
  const { quality, hours, isPerHour } = report
  const mark = report.isPartial ? html`<b>✗ PARTIAL</b>` : html`<b>✓ Complete</b>`
  const missing = quality.unread.reduce((sum, u) => sum + u.toMs - u.fromMs, 0)
  const notes = [
    `${shareText(quality.completeness)} of the day read`,
    missing === 0 ? 'no gaps' : unreadText(report, missing),
    quality.coverage === null ? null : `genres known for ${shareText(quality.coverage)} of sales`,
    ...arrivalNotes(quality),
    `${hoursText(hours)}-hour day`,
    isPerHour ? 'compared days differ in length: changes are of rates per hour' : null,
    report.figures.items.weekBefore === null && !report.isPartial
      ? 'the same weekday a week before is not comparable'
      : null,
  ].filter(note => note !== null)
  return html`<section class="note"><h2 class="visually">Data note</h2><p>${mark} · ${notes.join(' · ')}</p></section>`
}

function usualNote({ figures, weekBefore, byHour }: DailyReport): string {
  const week = figures.items.weekBefore === null ? null : `dashed: ${shortDay(weekBefore)}`
  const usual = byHour.some(h => h.usual !== null) ? 'band: middle half of the 28 days before' : null
  return [week, usual].filter(text => text !== null).join(' · ') || NOTHING
}

function artists(printed: Printed): Html {
  return leaders({
    title: 'Top artists',
    note: 'by page, labels included',
    first: 'artist',
    rows: printed.report.artists,
    name: ({ value, label, artUrl }) => {
      const name = link(safeUrl(`https://${value}`), sellerName(label, hostText(value)))
      return html`${cover(printed, artUrl)}${name}`
    },
    column: 'usd',
  })
}

function releases(printed: Printed): Html {
  return leaders({
    title: 'Top releases',
    note: 'albums, tracks and merchandise',
    first: 'release',
    rows: printed.report.releases,
    name: ({ value, label, artUrl }) => {
      const name = link(safeUrl(value), sellerName(label, value))
      return html`${cover(printed, artUrl)}${name} <span class="host">${hostText(hostOf(value))}</span>`
    },
    column: 'usd',
  })
}

export function pageOne(printed: Printed, pages: number): Html {
  const { report } = printed
  const unread = unreadHours(report)
  const seen = (hours: readonly number[]) => hours.map((items, hour) => (unread.has(hour) ? null : items))
  const sparks = new Map(report.heatmap.map(h => [h.genre, seen(h.itemsByHour)]))
  const genre = (slug: string) => link(liveUrl(printed, { genre: slug }), html`${genreLabel(slug)}`)
  const country = (code: string) => link(liveUrl(printed, { country: code }), html`${countryLabel(code)}`)
  const known = report.quality.coverage === null ? NOTHING : shareText(report.quality.coverage)
  const genres = leaders({
    title: 'Top genres',
    note: `genre known for ${known} of sales`,
    first: 'genre',
    rows: report.genres,
    name: r => genre(r.value),
    column: 'spark',
    sparks,
  })
  const regions = leaders({
    title: 'Top regions',
    note: "the buyers' countries",
    first: 'country',
    rows: report.countries,
    name: r => country(r.value),
    column: 'share',
  })
  return html`<section class="page">
${head(printed)}${banner(report)}
<p class="summary">${report.summary.join(' ')}</p>
<dl class="kpis">${KPI_MEASURES.map(m => kpi(report, m))}</dl>
<section><h2>By hour <small>sales per hour · ${usualNote(report)}</small></h2>
${hourChart(report, weekdayName(report.weekBefore))}</section>
<div class="two">${genres}${regions}</div>
<div class="two">${artists(printed)}${releases(printed)}</div>
${dataNote(report)}${footer(printed, 1, pages)}
</section>`
}

function hostOf(url: string): string {
  const safe = safeUrl(url)
  return safe === null ? '' : new URL(safe).host
}

/** Without what nearly all of them share. */
function hostText(host: string): string {
  return host.replace(/\.bandcamp\.com$/, '')
}
