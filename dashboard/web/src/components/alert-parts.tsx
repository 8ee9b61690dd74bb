// What every place that shows an alert shows: its kind, its size, how sure it is, its hours as a small line.
import type { JSX } from 'preact'
import { atHeight, nowText, windowText } from '../../../../schemas/alert-words.ts'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { countText } from '../../../core/display.ts'
import { bandPath, linePath } from '../charts/alert-chart.ts'
import {
  chartHours,
  concentrationText,
  confidenceOf,
  factorText,
  KIND_WORDS,
  notesOf,
  usualText,
} from '../state/alert-words.ts'

export function KindMark({ alert }: { alert: ApiAlert }): JSX.Element {
  const { mark, word, tone } = KIND_WORDS[alert.alertKind]
  const factor = factorText(alert)
  return (
    <span class={`kind ${tone}`}>
      <span aria-hidden="true">{mark} </span>
      {word}
      {factor !== null && alert.alertKind !== 'feed-silent' && <b> {factor}</b>}
    </span>
  )
}

/** "64 purchases in 1 h, usual 15–28; now 40 in 1 h": at its height, and now where that is less. */
export function SizeText({ alert: told }: { alert: ApiAlert }): JSX.Element {
  const alert = atHeight(told)
  const now = nowText(told)
  return (
    <span class="size">
      <b>{countText(alert.purchases)}</b> {alert.purchases === 1 ? 'purchase' : 'purchases'} in{' '}
      {windowText(alert.windowMs)}, {usualText(alert)}
      {now !== '' && `; now ${now}`}
    </span>
  )
}

const ALL_DOTS = 4

export function Confidence({ alert }: { alert: ApiAlert }): JSX.Element {
  const { dots, label } = confidenceOf(alert)
  return (
    <span class="confidence">
      <span class="dots" aria-hidden="true">
        {'●'.repeat(dots)}
        {'○'.repeat(ALL_DOTS - dots)}
      </span>{' '}
      {label}
    </span>
  )
}

/** Without the day of learning, which a list says once for all its rows. */
export function Badges({ alert }: { alert: ApiAlert }): JSX.Element | null {
  const concentration = concentrationText(alert)
  const notes = notesOf({ ...alert, learningDay: null })
  if (concentration === null && notes.length === 0) return null
  return (
    <span class="badges">
      {concentration !== null && <span class="badge strong">{concentration}</span>}
      {notes.map(note => (
        <span key={note} class="badge">
          {note}
        </span>
      ))}
    </span>
  )
}

const SPARK = { width: 112, height: 34 }

/** Decorative: the numbers stand beside it. */
export function Spark({ alert }: { alert: ApiAlert }): JSX.Element | null {
  const hours = chartHours(alert)
  if (hours.length === 0) return null
  return (
    <svg
      class={`spark ${KIND_WORDS[alert.alertKind].tone}`}
      viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <path class="usual" d={bandPath(hours, SPARK)} />
      <path class="now" d={linePath(hours, SPARK)} />
    </svg>
  )
}
