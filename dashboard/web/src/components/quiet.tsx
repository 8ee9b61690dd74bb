// What stands where nothing moves: what is watched, and how much of it is learnt.
import type { JSX } from 'preact'
import { LEARNING_DAYS, learningDayOf } from '../state/alert-words.ts'
import { status } from '../state/store.ts'

export function Learning(): JSX.Element | null {
  const day = learningDayOf(status.value?.firstSaleMs ?? null, status.value?.watermarkMs ?? null)
  return day === null ? null : (
    <span
      class="badge"
      title="Until then less is known of what is usual, and in the first days nothing is told"
    >
      learning: day {day} of {LEARNING_DAYS}
    </span>
  )
}

export function NothingMoves(): JSX.Element {
  return (
    <p>
      Every genre, country and format is watched, and artists and tags as soon as they sell, each against what
      is usual for this hour of the week.
    </p>
  )
}
