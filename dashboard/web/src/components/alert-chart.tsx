// The last hours of an alert: bars over the usual range, or the same as a table.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { expectedText } from '../../../../schemas/alert-words.ts'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { countText } from '../../../core/display.ts'
import { bandPath, barsOf, peakOf } from '../charts/alert-chart.ts'
import { type ChartHour, chartHours, KIND_WORDS } from '../state/alert-words.ts'
import { localDayTime, localTime } from '../state/clock.ts'
import { tables } from '../state/location.ts'
import { DataTable } from './data-table.tsx'
import { Icon } from './parts.tsx'

const BOX = { width: 720, height: 150 }
const HOUR_MS = 3_600_000
/** Hours between the times below: four or five of them fit a phone. */
const tickHours = (hours: number): number => (hours > 24 ? 12 : 6)

const usualOf = (hour: ChartHour): string => expectedText({ expectedLow: hour.low, expectedHigh: hour.high })

function spoken(hours: readonly ChartHour[]): string {
  const most = hours.reduce((a, b) => (b.purchases > a.purchases ? b : a))
  return `Bar chart of purchases in each of the last ${hours.length} hours, at most ${most.purchases} in the hour from ${localDayTime(most.startMs)}, where ${usualOf(most)} is usual.`
}

function Bars({ alert, hours }: { alert: ApiAlert; hours: readonly ChartHour[] }): JSX.Element {
  const from = alert.windowEndMs - alert.windowMs
  return (
    <div class="hours-chart">
      <span class="hours-peak" aria-hidden="true">
        {countText(Math.ceil(peakOf(hours)))}
      </span>
      <svg
        class={KIND_WORDS[alert.alertKind].tone}
        viewBox={`0 0 ${BOX.width} ${BOX.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={spoken(hours)}
      >
        <path class="usual" d={bandPath(hours, BOX)} />
        {barsOf(hours, BOX).map((bar, i) => (
          <rect
            key={hours[i]!.startMs}
            class={hours[i]!.startMs + HOUR_MS > from ? 'now' : 'before'}
            {...bar}
          >
            <title>{`${localDayTime(hours[i]!.startMs)}: ${hours[i]!.purchases} purchases, usual ${usualOf(hours[i]!)}`}</title>
          </rect>
        ))}
      </svg>
      <div class="hours-axis" aria-hidden="true">
        {hours
          .filter((_, i) => i % tickHours(hours.length) === 0)
          .map(hour => (
            <span key={hour.startMs}>{localTime(hour.startMs)}</span>
          ))}
        <span>{localTime(hours.at(-1)!.startMs + HOUR_MS)}</span>
      </div>
    </div>
  )
}

function Table({ hours }: { hours: readonly ChartHour[] }): JSX.Element {
  return (
    <DataTable
      label="Purchases by hour"
      rows={[...hours].reverse()}
      keyOf={hour => hour.startMs}
      columns={[
        { head: 'From', cell: hour => localDayTime(hour.startMs) },
        { head: 'Purchases', isNumber: true, cell: hour => countText(hour.purchases) },
        { head: 'Usual', isNumber: true, cell: usualOf },
      ]}
    />
  )
}

export function AlertChart({ alert }: { alert: ApiAlert }): JSX.Element | null {
  const [asTable, setAsTable] = useState(tables.value)
  const hours = chartHours(alert)
  if (hours.length === 0) return null
  return (
    <div class="alert-chart">
      <div class="alert-chart-head">
        <h3>Purchases by hour</h3>
        <ul class={`legend ${KIND_WORDS[alert.alertKind].tone}`} aria-hidden="true">
          {!asTable && <li class="key-window">in the window</li>}
          {!asTable && <li class="key-usual">usual range</li>}
        </ul>
        <button
          type="button"
          class="button small"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon name={asTable ? 'chart' : 'table'} /> {asTable ? 'Chart' : 'Table'}
        </button>
      </div>
      {asTable ? <Table hours={hours} /> : <Bars alert={alert} hours={hours} />}
    </div>
  )
}
