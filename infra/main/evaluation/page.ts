// Draws the evaluation as one page without scripts: what was found, missed and false, over time, as SVG.
import type { Alert } from '../../../schemas/alerts.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/time.ts'
import type { Evaluation } from './evaluate.ts'
import { GROWTH_HOURS, growthCells } from './growth-table.ts'
import { LIFE_HEAD, lifeCells } from './lives.ts'
import type { FoundLabel } from './score.ts'
import type { Summary } from './summary.ts'

const WIDTH = 1_040
const LEFT = 190
const ROW = 22
/** Charts of single alerts: a bar for each of the last 24 hours. */
const CHART = { width: 300, height: 90, most: 24 }

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem;color:#1d2730;
background:#fff}table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem .25rem 0;text-align:left;
border-bottom:1px solid #dde3e8}td.n,th.n{text-align:right}svg{max-width:100%;height:auto}figure{display:inline-block;
margin:.5rem;vertical-align:top;width:300px}figcaption{font-size:.8rem;overflow-wrap:anywhere}.wrap{overflow-x:auto}
@media(prefers-color-scheme:dark){body{background:#14191e;color:#e4e9ee}td,th{border-color:#333c45}
svg text{fill:#e4e9ee}}`

/** Sellers write keys: nothing of them is ever markup. */
export function escapeHtml(text: string): string {
  // Control and format characters go: zero-width ones, and those that turn the direction of text.
  const plain = text.replace(/\p{C}/gu, ' ').slice(0, 120)
  return plain.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)
}

const percent = (part: number, whole: number) => (whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`)
const hours = (ms: number | null) => (ms === null ? '–' : `${(ms / HOUR_MS).toFixed(1)} h`)

function rows(cells: readonly (readonly string[])[], head: readonly string[]): string {
  const line = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell, i) => `<${tag}${i > 0 ? ' class="n"' : ''}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="wrap"><table>${line(head, 'th')}${cells.map(row => line(row, 'td')).join('')}</table></div>`
}

function methodTable({ ours, peers }: Summary): string {
  const cells = [ours, ...peers].map(row => [
    row.threshold === null ? row.method : `${row.method}, threshold ${row.threshold}`,
    `${row.found} of ${row.labels} (${percent(row.found, row.labels)})`,
    row.falsePerDay.toFixed(2),
    row.precision === null ? '–' : row.precision.toFixed(2),
  ])
  return rows(cells, ['method', 'found', 'false a day', 'precision'])
}

/** A lane per kind; found labels filled from their start to the alert, missed ones hollow. */
function timeline({ judgement }: Evaluation, fromMs: number, toMs: number): string {
  const kinds = [...new Set(judgement.labels.map(({ label }) => label.kind))].sort()
  const height = (kinds.length + 1) * ROW + 30
  const x = (ms: number) => LEFT + ((ms - fromMs) / (toMs - fromMs)) * (WIDTH - LEFT - 10)
  const bar = ({ label, delayMs }: FoundLabel) => {
    const y = kinds.indexOf(label.kind) * ROW + 4
    const width = Math.max(3, x(label.endMs) - x(label.startMs)).toFixed(1)
    const paint = delayMs === null ? 'fill="none" stroke="#c03a2b" stroke-width="1.5"' : 'fill="#1f8a70"'
    const what = delayMs === null ? 'missed' : `found after ${hours(delayMs)}`
    const title = escapeHtml(`${label.key} ${label.size}: ${what}`)
    return `<rect x="${x(label.startMs).toFixed(1)}" y="${y}" width="${width}" height="14" ${paint}><title>${title}</title></rect>`
  }
  const falseY = kinds.length * ROW + 11
  const dots = judgement.falseAlerts.map(({ openedAtMs, kind, key, says }) => {
    const title = escapeHtml(`${kind} ${key}: ${says}`)
    return `<circle cx="${x(openedAtMs).toFixed(1)}" cy="${falseY}" r="4" fill="#d98324"><title>${title}</title></circle>`
  })
  const names = [...kinds, 'false alarms'].map(
    (kind, i) => `<text x="0" y="${i * ROW + 16}">${escapeHtml(kind)}</text>`,
  )
  const days = Math.round((toMs - fromMs) / DAY_MS)
  const axis = `<text x="${LEFT}" y="${height - 6}">first scored day</text><text x="${WIDTH - 80}" y="${height - 6}">day ${days}</text>`
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="labels and false alarms over time" font-size="13">
${names.join('')}${judgement.labels.map(bar).join('')}${dots.join('')}${axis}</svg>`
}

function chart(alert: Alert, verdict: string): string {
  const { width, height } = CHART
  const top = Math.max(1, ...alert.hours.map(({ purchases, expected }) => Math.max(purchases, expected)))
  const step = width / Math.max(1, alert.hours.length)
  const y = (value: number) => (height - (value / top) * (height - 4)).toFixed(1)
  const bars = alert.hours.map(({ purchases }, i) => {
    const tall = ((purchases / top) * (height - 4)).toFixed(1)
    return `<rect x="${(i * step).toFixed(1)}" y="${y(purchases)}" width="${(step - 2).toFixed(1)}" height="${tall}" fill="#3a6ea5"/>`
  })
  const line = alert.hours
    .map(({ expected }, i) => `${((i + 0.5) * step).toFixed(1)},${y(expected)}`)
    .join(' ')
  const says = `${alert.alertKind} ${alert.key}: ${alert.purchases}, expected ${alert.expected.toFixed(1)} (${verdict})`
  return `<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(says)}">${bars.join('')}
<polyline points="${line}" fill="none" stroke="#d98324" stroke-width="2"/></svg><figcaption>${escapeHtml(says)}</figcaption></figure>`
}

function charts({ alerts, judgement }: Evaluation, which: 'false' | 'right'): string {
  const wanted = which === 'false' ? judgement.falseAlerts : judgement.rightAlerts
  const marks = new Set(wanted.map(({ kind, key, openedAtMs }) => `${kind} ${key} ${openedAtMs}`))
  const shown = alerts.filter(a => marks.has(`${a.alertKind} ${a.key} ${a.openedAtMs}`)).slice(0, CHART.most)
  return shown.map(alert => chart(alert, which)).join('') || '<p>none</p>'
}

function growthHtml({ growth }: Summary): string {
  if (growth.length === 0) return ''
  return `<h2>Artists found before a quarter of their plateau</h2>
<p>By what they sell a day in the end, and the hours until they sell a quarter of it.</p>
${rows(growth.map(growthCells), ['plateau', ...GROWTH_HOURS])}`
}

export function evaluationPage(summary: Summary, evaluations: readonly Evaluation[]): string {
  const kinds = summary.kinds.map(row => [
    row.kind,
    `${row.found} of ${row.labels}`,
    hours(row.medianDelayMs),
    row.growing === 0 ? '' : `${row.foundEarly} of ${row.growing}`,
  ])
  const falses = Object.entries(summary.falseByKind).map(([what, perDay]) => [what, perDay.toFixed(2)])
  const worlds = evaluations.map(evaluation => {
    const times = evaluation.judgement.labels.map(({ label }) => label)
    const fromMs = Math.min(...times.map(({ startMs }) => startMs))
    const toMs = Math.max(...times.map(({ endMs }) => endMs))
    return `<h2>${escapeHtml(evaluation.name)}</h2><p>Filled: found. Hollow: missed. Dots: false alarms. Point at one to read it.</p>
${times.length === 0 ? '<p>no labels</p>' : timeline(evaluation, fromMs, toMs)}
<h3>False alarms</h3>${charts(evaluation, 'false')}<h3>Right alerts (some)</h3>${charts(evaluation, 'right')}`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Detection, evaluated</title><style>${STYLE}</style><h1>Detection, evaluated</h1>
<p>${summary.days.toFixed(0)} scored days. Each peer stands twice: as it comes, and with the threshold that finds most at one
false alarm a day on these very days, which is more than it could know beforehand.</p>
${methodTable(summary)}<h2>By kind</h2>${rows(kinds, ['kind', 'found', 'median delay', 'before a quarter of the plateau'])}
${growthHtml(summary)}<h2>How alerts lived</h2>${rows(summary.lives.rows.map(lifeCells), LIFE_HEAD)}
<h2>False alarms a day</h2>${rows(falses, ['what', 'a day'])}${worlds.join('')}</html>
`
}
