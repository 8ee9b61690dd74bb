// Chapter: thresholds that keep to a budget of false alarms, from what nearly was told.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Budget } from '../../processors/detect/budget.ts'
import { recentLevels } from '../../processors/detect/recent.ts'
import { ARTIST, GENRE, TUNING } from '../../processors/detect/tuning.ts'

const DAYS = 60
const falseADay = TUNING[GENRE]!.falseADay!

/** Days on which chance alone would send `perDay` false alarms over a threshold that nobody moves. */
function budgetAfter(perDay: number, isUsual = true): Budget {
  const budget = new Budget(TUNING)
  for (let day = 0; day < DAYS; day++) {
    const phase = (day * 0.618 + 0.3) % 1 || 1
    // Peaks of a tail that falls by ten for each 1: as many over −x as perDay · 10^x.
    const most = Math.round(perDay * 10 ** 1.5)
    for (let i = 0; i < most; i++) budget.see(GENRE, i, Math.log10(perDay / (i + phase)))
    budget.endDay(isUsual)
  }
  return budget
}

describe('a budget', () => {
  it('[D29] raises a threshold that would send three times its budget by about what a tail falls to a third in', () => {
    const budget = budgetAfter(falseADay * 3)
    expect(budget.offset(GENRE)).toBeGreaterThan(0.25)
    expect(budget.offset(GENRE)).toBeLessThan(0.6)
    expect(budget.predicted(GENRE)).toBeGreaterThan(falseADay * 2)
    expect(budget.predicted(GENRE)).toBeLessThan(falseADay * 4)
  })

  it('[D29] lowers one that is quieter than it may be, never beyond its bounds, and slowly', () => {
    expect(budgetAfter(falseADay / 20).offset(GENRE)).toBe(-0.1)
    expect(budgetAfter(falseADay * 100).offset(GENRE)).toBe(0.6)
    const once = new Budget(TUNING)
    for (let i = 0; i < 100; i++) once.see(GENRE, i, -0.1)
    once.endDay(true)
    expect(once.offset(GENRE)).toBe(0.1)
  })

  it('[D29] counts neither what was told, nor days that are like no other, nor classes without a budget', () => {
    const told = new Budget(TUNING)
    for (let day = 0; day < DAYS; day++) {
      for (let i = 0; i < 50; i++) told.see(GENRE, i, 3)
      told.endDay(true)
    }
    expect(told.predicted(GENRE)).toBe(0)
    expect(budgetAfter(falseADay * 100, false).offset(GENRE)).toBe(0)
    const artists = new Budget(TUNING)
    for (let i = 0; i < 100; i++) artists.see(ARTIST, i, -0.1)
    artists.endDay(true)
    expect(artists.offset(ARTIST)).toBe(0)
  })

  it('[D29] is the same in whatever order keys were looked at', () => {
    const arbPeaks = fc.array(fc.tuple(fc.nat(9), fc.double({ min: -1.5, max: 0.5, noNaN: true })))
    const offsetOf = (peaks: readonly (readonly [number, number])[]) => {
      const budget = new Budget(TUNING)
      for (const [mark, over] of peaks) budget.see(GENRE, mark, over)
      budget.endDay(true)
      return budget.offset(GENRE)
    }
    fc.assert(
      fc.property(arbPeaks, peaks => {
        expect(offsetOf([...peaks].reverse())).toBe(offsetOf(peaks))
      }),
    )
  })
})

describe('the level of a day', () => {
  const levels = (rest: number, expected: number, phi: number) => {
    const out = new Float64Array(2)
    // The short window has 10, whatever it was; the long one that and the rest.
    recentLevels(
      w => (w === 0 ? 10 : 10 + rest),
      w => (w === 0 ? 10 : 10 + expected),
      phi,
      out,
    )
    return out
  }

  it('[D30] follows the rest of the day as far as it is believed, and never the tested window or a movement', () => {
    expect(levels(1_100, 1_000, 0.01)[0]).toBeCloseTo(1.075, 10)
    expect(levels(11, 10, 0.01)[0]).toBeCloseTo((1 + 0.1 * 1.1) / 1.1, 10)
    expect(levels(5_000, 1_000, 0.01)[0]).toBe(1.33)
    expect(levels(0, 1_000, 0.01)[0]).toBe(0.75)
    expect(levels(1_100, 1_000, 0.01)[1]).toBe(1)
    expect(levels(0, 0, 0.01)[0]).toBe(1)
  })
})
