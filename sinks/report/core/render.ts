// The report as one HTML page: two sheets of paper, a third where something is missing or was revised.

import { shortDay } from '../../../schemas/day-words.ts'
import { type Html, html, raw } from '../../../schemas/html.ts'
import { clockAt, dayOf } from './day.ts'
import type { DailyReport } from './model.ts'
import { pageOne } from './page-one.ts'
import { pageTwo } from './page-two.ts'
import { footer, type Printed, type RenderOptions, titleOf } from './parts.ts'
import { styleSheet } from './style.ts'
import { durationText, shareText, shownText } from './words.ts'

export { type RenderOptions, titleOf } from './parts.ts'

/** More than these are counted, not listed: the CSV has them all. */
const SHOWN_STRETCHES = 24
const SHOWN_CHANGES = 20

const REASONS: Readonly<Record<string, string>> = {
  'feed-skipped': 'the feed no longer showed it',
  outage: 'the feed could not be reached',
  simulated: 'made by the simulator',
}

function stretches({ quality, zone }: DailyReport): Html {
  const at = (ms: number) => `${shortDay(dayOf(ms, zone))} ${clockAt(ms, zone)}`
  const rows = quality.unread.slice(0, SHOWN_STRETCHES).map(({ fromMs, toMs }) => {
    const gap = quality.gaps.find(g => g.fromMs < toMs && fromMs < g.toMs)
    const why = gap === undefined ? 'the log does not reach there' : (REASONS[gap.reason] ?? gap.reason)
    return html`<tr><th scope="row">${at(fromMs)}</th><td class="left">${at(toMs)}</td><td>${durationText(toMs - fromMs)}</td><td class="left">${why}</td></tr>`
  })
  const more = quality.unread.length - rows.length
  return html`<section><h2>What is missing</h2><p>${shareText(quality.completeness)} of the day was read. What was sold in the stretches below is in no figure of this report, so counts are lower bounds; averages and shares speak for what was read.</p><table><thead><tr><th scope="col" class="left">from</th><th scope="col" class="left">to</th><th scope="col">length</th><th scope="col" class="left">why</th></tr></thead><tbody>${rows}</tbody></table>${more > 0 ? html`<p class="muted">and ${more} more</p>` : html``}</section>`
}

function changes(list: readonly string[], { revision }: DailyReport): Html {
  if (list.length === 0) return html``
  const lines = list.slice(0, SHOWN_CHANGES).map(text => html`<li>${shownText(text, '', 200)}</li>`)
  return html`<section><h2>What is new in version ${revision}</h2><ul class="list">${lines}</ul></section>`
}

function pageThree(printed: Printed, pages: number): Html {
  const { report, options } = printed
  const missing = report.quality.unread.length === 0 ? html`` : stretches(report)
  return html`<section class="page">${missing}${changes(options.changes ?? [], report)}${footer(printed, 3, pages)}</section>`
}

/**
 * A whole HTML document without scripts, fonts or anything to load: pictures are data, links are https or
 * the dashboard's. The same report and options give the same text.
 */
export function renderHtml(report: DailyReport, options: RenderOptions): string {
  const printed = { report, options }
  const needsThird = report.isPartial || (options.changes ?? []).length > 0
  const pages = needsThird ? 3 : 2
  const third = needsThird ? pageThree(printed, pages) : html``
  const title = titleOf(report)
  return html`${raw('<!doctype html>')}<html lang="en"><head><meta charset="utf-8"><title>${title}</title><meta name="description" content="${shownText(report.summary.join(' '), title, 300)}"><style>${raw(styleSheet(options.paper))}</style></head><body><main>${pageOne(printed, pages)}${pageTwo(printed, pages)}${third}</main></body></html>`
    .markup
}
