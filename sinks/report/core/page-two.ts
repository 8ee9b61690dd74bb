// Page two: what moved, when genres sell, tastes and formats, the alerts and how they ended, what words mean.

import { shortDay } from '../../../schemas/day-words.ts'
import { type Html, html, raw } from '../../../schemas/html.ts'
import { countryLabel, formatLabel, genreLabel } from '../../../schemas/names.ts'
import { safeUrl } from '../../../schemas/safe-text.ts'
import { heatColours } from './charts.ts'
import { clockAt, dayOf } from './day.ts'
import { type DailyReport, type Mover, type ReportAlert, unreadHours } from './model.ts'
import { changeMark, cover, footer, link, liveUrl, type Printed } from './parts.ts'
import { countText, durationText, factorText, shareText, shownText } from './words.ts'

const SHOWN_ALERTS = 8
const SHOWN_INDEXED = 8
/** So that one sale in an hour is not as dark as a hundred. */
const FEWEST_DARKEST = 4
const EVERY_HOUR = Array.from({ length: 24 }, (_, hour) => hour)

const FILTERED = { genre: 'genre', country: 'country', tag: null } as const

function moverText({ kind, items, expected, confidence, score }: Mover): string {
  const factor = expected >= 1 ? ` (${factorText(items / expected)} times)` : ''
  const fell = kind === 'drop' ? ' only' : ''
  const sold = `sold${fell} ${countText(items)} where ${countText(expected)} were expected${factor}`
  const what = { rise: 'above', drop: 'below', emerging: 'new' }[kind]
  return `${sold}; ${confidence}, ${Math.abs(score).toFixed(1)} deviations ${what === 'new' ? 'above: hardly there before' : what}.`
}

function mover(printed: Printed, of: Mover): Html {
  const filter = FILTERED[of.dimension]
  const url = filter === null ? null : liveUrl(printed, { [filter]: of.value })
  const mark =
    of.kind === 'drop'
      ? html`<span class="drop">▼</span>`
      : html`<span class="rise">${of.kind === 'emerging' ? '★' : '▲'}</span>`
  const alert = printed.report.alerts.find(a => a.key === `${of.dimension}:${of.value}`)
  return html`<li>${mark} <b>${link(url, html`<bdi>${shownText(of.label, 'unnamed')}</bdi>`)}</b> ${moverText(of)}${alert?.topRelease ? html` Led by ${releaseText(printed, alert)}` : html``}</li>`
}

function releaseText(printed: Printed, { topRelease }: ReportAlert): Html {
  if (topRelease === null) return html``
  const { label, url, artUrl, share } = topRelease
  return html`${cover(printed, artUrl)}${link(safeUrl(url), html`<bdi>${shownText(label, 'One release')}</bdi>`)}, ${shareText(share)}.`
}

function movers(printed: Printed): Html {
  const { report } = printed
  const note = 'against the mean of the 28 days before, times how the whole market stood'
  const list =
    report.movers.length === 0
      ? html`<p class="muted">${report.isPartial ? 'Not looked for on a partial day.' : 'Nothing moved beyond what chance does.'}</p>`
      : html`<ul class="list">${report.movers.map(m => mover(printed, m))}</ul>`
  return html`<section><h2>Movers and emerging <small>${note}</small></h2>${list}</section>`
}

function heatmap(report: DailyReport): Html {
  const { heatmap: rows, zone } = report
  const unread = unreadHours(report)
  const title = html`<h2>Genre by hour <small>sales by the clock in ${zone}; darker is more, each genre by itself${unread.size > 0 ? '; ? was not read' : ''}</small></h2>`
  if (rows.length === 0) return html`<section>${title}<p class="muted">Nothing was sold.</p></section>`
  const hours = EVERY_HOUR.map(h => html`<th scope="col">${String(h).padStart(2, '0')}</th>`)
  const cells = (values: readonly number[]) => {
    const most = Math.max(FEWEST_DARKEST, ...values)
    return values.map((items, hour) => {
      if (unread.has(hour)) return raw('<td class="unread">?</td>')
      const { background, text } = heatColours(items / most)
      return raw(
        `<td style="background:${background};color:${text}">${items === 0 ? '·' : shortCount(items)}</td>`,
      )
    })
  }
  const body = rows.map(
    r => html`<tr><th scope="row">${genreLabel(r.genre)}</th>${cells(r.itemsByHour)}</tr>`,
  )
  return html`<section>${title}<table class="heat"><thead><tr><th scope="col">genre</th>${hours}</tr></thead><tbody>${body}</tbody></table></section>`
}

/** `1,240` as `1.2k`: a cell is narrow, and the CSV has it in full. */
function shortCount(items: number): string {
  if (items < 1_000) return String(items)
  return items < 10_000 ? `${(items / 1_000).toFixed(1)}k` : `${Math.round(items / 1_000)}k`
}

function overIndexed({ overIndexed: rows }: DailyReport): Html {
  const note = "the genre each country bought most above everybody's measure"
  if (rows.length === 0)
    return html`<section><h2>Tastes <small>${note}</small></h2><p class="muted">Too few sales with a known genre.</p></section>`
  const body = rows
    .slice(0, SHOWN_INDEXED)
    .map(
      r =>
        html`<tr><th scope="row">${countryLabel(r.country)}</th><td class="left">${genreLabel(r.genre)}</td><td>${countText(r.items)}</td><td>${factorText(r.index)}×</td></tr>`,
    )
  return html`<section><h2>Tastes <small>${note}</small></h2><table><thead><tr><th scope="col" class="left">buyers in</th><th scope="col" class="left">genre</th><th scope="col" class="num">sales</th><th scope="col" class="num">index</th></tr></thead><tbody>${body}</tbody></table></section>`
}

function formats({ formats: rows }: DailyReport): Html {
  if (rows.length === 0)
    return html`<section><h2>Formats</h2><p class="muted">Nothing was sold.</p></section>`
  const body = rows.map(
    r =>
      html`<tr><th scope="row">${formatLabel(r.value)}</th><td>${countText(r.items)}</td><td>${shareText(r.share)}</td><td>${changeMark(r.weekBefore)}</td><td>${changeMark(r.dayBefore)}</td></tr>`,
  )
  return html`<section><h2>Formats <small>what was bought</small></h2><table><thead><tr><th scope="col" class="left">format</th><th scope="col" class="num">sales</th><th scope="col" class="num">share</th><th scope="col" class="chg">on week</th><th scope="col" class="chg">on day</th></tr></thead><tbody>${body}</tbody></table></section>`
}

function ending({ openedAtMs, closedAtMs, ending: reason }: ReportAlert): string {
  if (closedAtMs === null) return 'still open'
  return `${reason === 'new-usual' ? 'new usual' : 'over'} after ${durationText(closedAtMs - openedAtMs)}`
}

const KINDS = {
  rise: 'rise',
  drop: 'drop',
  emerging: 'emerging',
  'market-rise': 'market up',
  'market-drop': 'market down',
  'feed-silent': 'feed silent',
} as const

function alertRow(printed: Printed, alert: ReportAlert): Html {
  const { publicUrl } = printed.options
  const url = publicUrl === null ? null : `${publicUrl}/alerts?id=${encodeURIComponent(alert.id)}`
  const { zone } = printed.report
  const most = alert.topRelease === null ? html`` : releaseText(printed, alert)
  return html`<tr><td class="left">${clockAt(alert.openedAtMs, zone)}</td><th scope="row">${link(url, html`<bdi>${shownText(alert.label, alert.key)}</bdi>`)}</th><td class="left">${KINDS[alert.alertKind]} · ${alert.severity}</td><td>${countText(alert.purchases)}</td><td>${alert.expected < 1 ? '< 1' : countText(alert.expected)}</td><td class="left">${ending(alert)}</td><td class="left">${most}</td></tr>`
}

function alerts(printed: Printed): Html {
  const { alerts: all } = printed.report
  const note =
    all.length > SHOWN_ALERTS ? `the ${SHOWN_ALERTS} most severe of ${all.length}` : 'opened on this day'
  if (all.length === 0)
    return html`<section><h2>Alerts <small>${note}</small></h2><p class="muted">None was opened on this day.</p></section>`
  const rows = all.slice(0, SHOWN_ALERTS).map(a => alertRow(printed, a))
  return html`<section><h2>Alerts and how they ended <small>${note}</small></h2><table class="alerts"><thead><tr>
<th scope="col" class="left" style="width:10mm">at</th><th scope="col" class="left" style="width:40mm">what</th><th scope="col" class="left" style="width:33mm">kind</th>
<th scope="col" style="width:16mm">purchases</th><th scope="col" style="width:16mm">expected</th><th scope="col" class="left" style="width:31mm">ended</th>
<th scope="col" class="left">led by</th></tr></thead><tbody>${rows}</tbody></table></section>`
}

const DEFINITIONS: readonly (readonly [string, string])[] = [
  [
    'Sale',
    'one line of a checkout: an album, track, record or shirt. What the feed folds into one line counts as units.',
  ],
  ['Transaction', 'one checkout with all its lines.'],
  [
    'Revenue',
    'USD as Bandcamp converts it, in cents, at the time of the sale. Paid over asking is its share above the asking price.',
  ],
  ['Region', "the buyer's country, not the artist's."],
  ['Artist', 'the page that sold it; a label with many artists is one page.'],
  ['Genre', "Bandcamp's own genre of the page; sales whose page could not be read are shown as unknown."],
  ['Rank', 'against the day before: ▲ and ▼ by how many places, = the same, ★ not among the first 200 then.'],
  [
    'Usual',
    'the median of the 28 days before, of those that were read nearly whole; per hour where days differ in length.',
  ],
  [
    'Complete',
    'the share of the day that is not in a gap of the feed and not ahead of the log. Below 95% the report is PARTIAL and compares no sums.',
  ],
  [
    'Known limits',
    'free downloads, refunds and subscriptions are not in the feed. Covers and names are as the sellers wrote them.',
  ],
]

function definitions({ report, options }: Printed): Html {
  const words = DEFINITIONS.map(([word, meaning]) => html`<p><b>${word}</b>: ${meaning}</p>`)
  const friday = report.bandcampFriday
  const told =
    friday === null
      ? html``
      : html`<p><b>Bandcamp Friday</b>: ${shortDay(friday.day)}, ${clockAt(friday.fromMs, report.zone)} ${shortDay(dayOf(friday.fromMs, report.zone))} to ${clockAt(friday.toMs, report.zone)} ${shortDay(dayOf(friday.toMs, report.zone))} by this report's clocks; known by ${friday.by}.</p>`
  const links =
    options.publicUrl === null
      ? html``
      : html`<p class="links"><b>More</b>: <a href="${liveUrl({ report, options }, {}) ?? ''}">this day on the dashboard</a>, <a href="${options.publicUrl}/reports">all reports</a></p>`
  return html`<section><h2>What the words mean</h2><div class="defs">${words}${told}${links}</div></section>`
}

export function pageTwo(printed: Printed, pages: number): Html {
  const { report } = printed
  return html`<section class="page">${movers(printed)}${heatmap(report)}<div class="two">${overIndexed(report)}${formats(report)}</div>${alerts(printed)}${definitions(printed)}${footer(printed, 2, pages)}</section>`
}
