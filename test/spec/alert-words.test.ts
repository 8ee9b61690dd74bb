// Chapter: what one line says of an alert: its height, how it is now, and how it ended.
import { expect, it } from 'vitest'
import {
  alertTitle,
  atHeight,
  endText,
  isPastHeight,
  nowText,
  surenessOf,
} from '../../schemas/alert-words.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import { alertOf, NOON_MS } from '../support/told-alerts.ts'

const size = { expected: 21, expectedLow: 15, expectedHigh: 28, windowMs: HOUR_MS }
const peak = { ...size, purchases: 111, windowEndMs: NOON_MS - HOUR_MS }
const now = { purchases: 30, windowEndMs: NOON_MS, peakScore: 20 }

it('[D47] the headline of an alert past its height is that height, and says how it is now', () => {
  const alert = alertOf(1, { ...now, peak })
  expect(isPastHeight(alert)).toBe(true)
  expect(alertTitle(alert)).toMatch(/up 5\.3× in 1 h: 111 purchases, usual 15–28; now 30 in 1 h$/)
  expect(atHeight(alert)).toMatchObject({ purchases: 111, score: 20 })
  expect(isPastHeight(atHeight(alert))).toBe(false)
})

it('[D47] at its height, in an old record, or when it is closed, there is one size to tell', () => {
  const { peak: _, ...old } = alertOf(1, { ...now, peak })
  const closed = alertOf(1, { ...now, peak, closedAtMs: NOON_MS, state: 'closed' })
  const rising = alertOf(1, { ...now, peak: { ...peak, purchases: 30, windowEndMs: NOON_MS } })
  for (const alert of [old, closed, rising]) {
    expect(nowText(alert)).toBe('')
    expect(atHeight(alert)).toBe(alert)
    expect(alertTitle(alert)).toMatch(/: 30 purchases, usual 15–28$/)
  }
})

it('[D47] how it ended: back, the new usual, or nothing where nobody wrote it down', () => {
  const end = { ...size, purchases: 18, windowEndMs: NOON_MS }
  expect(endText({ end: { ...end, reason: 'calm' } })).toBe('back to 18 in 1 h')
  expect(endText({ end: { ...end, reason: 'new-usual' } })).toBe('the new usual: 18 in 1 h')
  expect(endText({})).toBe('')
})

it('[D47] how sure it is follows from its surprise, not from how much it matters', () => {
  const sure = (times: number) => surenessOf({ peakScore: 5 * times, threshold: 5 })
  expect([1, 1.59, 1.6, 2.9, 3, 90].map(sure)).toEqual([0, 0, 1, 1, 2, 2])
})
