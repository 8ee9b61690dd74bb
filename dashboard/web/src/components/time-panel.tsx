// Sales over time: the line, its legend, and the same as a table.
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { overlaps } from '../../../../schemas/time.ts'
import type { Summary } from '../../../core/api.ts'
import { countText, usdText } from '../../../core/display.ts'
import { type Palette, readPalette } from '../charts/palette.ts'
import { localDayTime, localTime } from '../state/clock.ts'
import { go, type Measure, measure, query, tables } from '../state/location.ts'
import { loadingSinceMs, status, summary } from '../state/store.ts'
import { theme } from '../state/theme.ts'
import { dashedText, fridayText } from '../state/words.ts'
import { Canvas } from './canvas.tsx'
import { DataTable } from './data-table.tsx'
import { Panel } from './parts.tsx'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The palette of the theme that holds; a new object whenever the theme changes. */
export function usePalette(): Palette {
  const name = theme.value
  return useMemo(() => {
    void name
    return readPalette()
  }, [name])
}

/** "1 min", "15 min", "2 h": buckets are whole minutes or hours. */
const bucketText = (ms: number): string =>
  ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${ms / MINUTE_MS} min`

function spokenSummary(shown: Summary, by: Measure): string {
  const usd = by === 'usd'
  const values = shown.series.map(point => (usd ? point.revenueUsdCents : point.items))
  const most = Math.max(0, ...values)
  const at = shown.series[values.indexOf(most)]
  const text = usd ? usdText : countText
  const total = text(usd ? shown.now.revenueUsdCents : shown.now.items)
  const peak =
    at === undefined
      ? ''
      : `, at most ${text(most)} in ${bucketText(shown.bucketMs)} at ${localDayTime(at.startMs)}`
  const gaps = shown.gaps.length === 0 ? '' : `. ${shown.gaps.length} stretches could not be read`
  const fridays = shown.fridays.map(
    day => `. ${fridayText(day.isAnnounced)} from ${localDayTime(day.fromMs)} to ${localDayTime(day.toMs)}`,
  )
  return `Line chart of ${usd ? 'USD' : 'sales'} over time, ${total} in all${peak}${gaps}${fridays.join('')}.`
}

function Table({ shown, by }: { shown: Summary; by: Measure }): JSX.Element {
  const text = (point: Summary['series'][number] | undefined): string =>
    point === undefined ? '—' : by === 'usd' ? usdText(point.revenueUsdCents) : countText(point.items)
  const note = (startMs: number, partial: boolean): string => {
    const bucket = { fromMs: startMs, toMs: startMs + shown.bucketMs }
    const gap = shown.gaps.some(g => overlaps(g, bucket))
    const friday = shown.fridays.find(day => overlaps(day, bucket))
    const notes = [
      gap ? 'gap: lower bound' : partial ? 'not over yet' : '',
      friday === undefined ? '' : fridayText(friday.isAnnounced),
    ]
    return notes.filter(text => text !== '').join(' · ')
  }
  const rows = shown.series.map((point, i) => ({ point, before: shown.previousSeries?.[i] })).reverse()
  return (
    <DataTable
      label={by === 'usd' ? 'USD over time' : 'Sales over time'}
      rows={rows}
      keyOf={({ point }) => point.startMs}
      columns={[
        { head: 'From', cell: ({ point }) => localDayTime(point.startMs) },
        { head: by === 'usd' ? 'USD' : 'Sales', isNumber: true, cell: ({ point }) => text(point) },
        { head: 'Before', isNumber: true, cell: ({ before }) => text(before) },
        {
          head: 'Note',
          cell: ({ point }) => <span class="muted">{note(point.startMs, point.partial)}</span>,
        },
      ]}
    />
  )
}

function Legend({ shown }: { shown: Summary }): JSX.Element {
  const friday = shown.fridays.at(-1)
  return (
    <ul class="legend" aria-hidden="true">
      <li class="key-now">this period</li>
      {shown.previousSeries !== null && <li class="key-before">{dashedText(shown.compare)}</li>}
      {shown.gaps.length > 0 && <li class="key-gap">gap</li>}
      {friday !== undefined && <li class="key-friday">{fridayText(friday.isAnnounced)}</li>}
    </ul>
  )
}

function zoom(fromMs: number, toMs: number): void {
  const from = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS
  const to = Math.max(from + MINUTE_MS, Math.ceil(toMs / MINUTE_MS) * MINUTE_MS)
  go({ query: { ...query.value, range: 'custom', fromMs: from, toMs: to } })
}

/** A point needs its whole time: a young history has none yet in wide buckets, and minutes where it has. */
function TooYoung({
  shown,
  firstSaleMs,
}: {
  shown: Summary
  firstSaleMs: number | null
}): JSX.Element | null {
  if (firstSaleMs === null || shown.range === '1h' || shown.toMs - firstSaleMs > 2 * shown.bucketMs)
    return null
  return (
    <p class="too-young">
      The history is younger than two points of this line.{' '}
      <button
        type="button"
        class="link-button"
        onClick={() => go({ query: { ...query.value, range: '1h', fromMs: null, toMs: null } })}
      >
        Show the last hour
      </button>
    </p>
  )
}

export function TimePanel(): JSX.Element {
  const shown = summary.value
  const by = measure.value
  const palette = usePalette()
  const firstSaleMs = status.value?.firstSaleMs ?? null
  const input = useMemo(
    () => (shown === null ? null : { summary: shown, measure: by, firstSaleMs, palette, onSpan: zoom }),
    [shown, by, firstSaleMs, palette],
  )
  const note =
    shown === null ? undefined : `${bucketText(shown.bucketMs)} a point · as of ${localTime(shown.toMs)}`
  return (
    <Panel
      id="time"
      title={by === 'usd' ? 'USD over time' : 'Sales over time'}
      note={note}
      tools={shown !== null && <Legend shown={shown} />}
      busy={loadingSinceMs.value !== null}
    >
      {shown !== null && <TooYoung shown={shown} firstSaleMs={firstSaleMs} />}
      {shown !== null && tables.value ? (
        <Table shown={shown} by={by} />
      ) : input === null ? (
        <div class="canvas time-canvas">
          <span class="ghost" />
        </div>
      ) : (
        <Canvas
          class="time-canvas"
          input={input}
          draw={charts => charts.drawLine}
          label={spokenSummary(input.summary, by)}
        />
      )}
    </Panel>
  )
}
