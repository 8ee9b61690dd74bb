// The report in a few sentences, from templates: the same report, the same words.

import { shortDay, weekdayName } from '../../../schemas/day-words.ts'
import { genreLabel } from '../../../schemas/names.ts'
import { lengthOf } from './compare.ts'
import { clockAt, dayOf } from './day.ts'
import type { BandcampFriday, DailyReport, Mover } from './model.ts'
import {
  countryInSentence,
  countText,
  durationText,
  factorText,
  listText,
  moveWords,
  shareText,
} from './words.ts'

type Facts = Omit<DailyReport, 'summary'>

const MOVERS_TOLD = 3
/** From here on a factor is said, not a percentage. */
const FACTOR_FROM = 2
const SAME_WITHIN = 0.005

export function summaryOf(report: Facts): readonly string[] {
  const sentences = [
    partialSentence(report),
    salesSentence(report),
    fridaySentence(report),
    recordSentence(report),
    moversSentence(report),
    countrySentence(report),
    hoursSentence(report),
  ]
  return sentences.filter(sentence => sentence !== null)
}

function partialSentence({ isPartial, quality }: Facts): string | null {
  if (!isPartial) return null
  const missing = durationText(lengthOf(quality.unread))
  return `This day is partial: ${missing} of it could not be read, so every count is a lower bound and no sum is compared.`
}

function salesSentence({ figures, weekBefore, isPerHour, isPartial }: Facts): string {
  const { items, revenueUsdCents } = figures
  if (items.value === 0) {
    return isPartial ? 'Nothing is known to have been sold.' : 'Nothing was sold on this day.'
  }
  const week = items.weekBefore?.change ?? null
  const money = revenueUsdCents.weekBefore?.change ?? null
  if (isPartial) return `${countText(items.value)} sales are known of it.`
  if (week === null || money === null) return salesAgainstUsual(figures)
  const rate = isPerHour ? 'Sales per hour' : 'Sales'
  const last = `last ${weekdayName(weekBefore)}`
  if (week + 1 >= FACTOR_FROM) {
    const theirs = isPerHour ? `those of ${last}` : `${last}'s`
    return `${rate} were ${factorText(week + 1)} times ${theirs}, revenue ${factorText(money + 1)} times.`
  }
  const [sales, revenue] = [moveWords(week), moveWords(money)]
  const link = sales.startsWith('were') ? 'with' : 'on'
  const same = sales === revenue || Math.abs(week - money) < SAME_WITHIN
  return same
    ? `${rate} and revenue ${sales} ${link} ${last}.`
    : `${rate} ${sales} ${link} ${last}, revenue ${revenue.replace('were', 'was')}.`
}

function salesAgainstUsual({ items }: Facts['figures']): string {
  const usual = items.usual?.change ?? null
  if (usual === null) return `${countText(items.value)} sales; there is no comparable day yet.`
  return `Sales ${moveWords(usual)} against the usual day.`
}

/** When a Bandcamp Friday begins or ends in this day, and what that does to comparisons. */
function fridaySentence({ bandcampFriday, zone }: Facts): string | null {
  return bandcampFriday === null ? null : fridayText(bandcampFriday, zone)
}

export function fridayText({ part, by, fromMs, toMs, day }: BandcampFriday, zone: string): string {
  const how = by === 'calendar' ? 'by the calendar alone' : by === 'market' ? 'to judge by its sales' : ''
  const what = `Bandcamp Friday${how === '' ? '' : ` (${how})`}, midnight to midnight Pacific time,`
  if (part === 'whole') return `${what} lies in this day.`
  const here = (ms: number) => shortDay(dayOf(ms, zone))
  return part === 'begins'
    ? `${what} begins at ${clockAt(fromMs, zone)} of this day and goes on into the next: the two belong together.`
    : `${what} of ${shortDay(day)} ends in this day at ${clockAt(toMs, zone)}: it began on ${here(fromMs - 1)}.`
}

/** Where no other day of the 28 sold as much, or as little. */
function recordSentence({ figures, days, isPartial }: Facts): string | null {
  const complete = days.filter(d => d.completeness >= 0.95 && d.items > 0)
  const { value } = figures.items
  if (isPartial || complete.length < 20 || value === 0) return null
  if (complete.every(d => d.items < value)) return `It was the best day in ${complete.length + 1}.`
  return complete.every(d => d.items > value) ? `It was the slowest day in ${complete.length + 1}.` : null
}

function moversSentence({ movers, alerts }: Facts): string | null {
  const told = movers.filter(m => m.confidence !== 'possible' && m.kind !== 'drop').slice(0, MOVERS_TOLD)
  const first = told[0]
  if (first === undefined) return null
  const alert = alerts.find(a => a.key === `${first.dimension}:${first.value}`)
  const record = alert?.topRelease ?? null
  const share = record === null ? '' : `; ${shareText(record.share)} of the alert is one release`
  return `${listText(told.map(moverWords))}${share}.`
}

function moverWords(mover: Mover, at: number): string {
  const name = mover.dimension === 'country' ? countryInSentence(mover.value) : mover.label
  const factor = mover.items / Math.max(mover.expected, 1)
  const size = `${factorText(factor)} times what was expected`
  return at === 0
    ? `${name.charAt(0).toUpperCase()}${name.slice(1)} sold ${size}`
    : `${name} ${factorText(factor)} times`
}

function countrySentence({ countries, genres }: Facts): string | null {
  const [country, genre] = [countries[0], genres[0]]
  if (country === undefined || country.rank !== 1 || genre === undefined || genre.rank !== 1) return null
  const where = countryInSentence(country.value)
  const buyers = `${where.charAt(0).toUpperCase()}${where.slice(1)} bought most (${shareText(country.share)} of sales)`
  return `${buyers}, and ${genreLabel(genre.value)} led the genres (${shareText(genre.share)}).`
}

function hoursSentence({ hours, isPerHour, zone }: Facts): string | null {
  if (hours === 24) return null
  const change = `The clocks of ${zone} changed: it was a ${Number.isInteger(hours) ? hours : hours.toFixed(1)}-hour day`
  return isPerHour ? `${change}, and comparisons are per hour.` : `${change}.`
}
