// The evaluation as tables for a terminal.
import { HOUR_MS } from '../../../schemas/time.ts'
import { table } from '../output.ts'
import { GROWTH_HOURS, growthCells } from './growth-table.ts'
import { LIFE_HEAD, type Lives, lifeCells } from './lives.ts'
import type { NabResult } from './nab/evaluate.ts'
import type { MethodRow, Summary } from './summary.ts'

function methodCells(row: MethodRow): readonly string[] {
  return [
    row.method,
    row.threshold === null ? '' : String(row.threshold),
    `${row.found}/${row.labels}`,
    `${Math.round((100 * row.found) / Math.max(1, row.labels))} %`,
    row.falsePerDay.toFixed(2),
    row.precision === null ? '–' : row.precision.toFixed(2),
  ]
}

export function summaryText(summary: Summary): string {
  const methods = [summary.ours, ...summary.peers].map(methodCells)
  const kinds = summary.kinds.map(({ kind, labels, found, medianDelayMs, growing, foundEarly }) => [
    kind,
    `${found}/${labels}`,
    medianDelayMs === null ? '–' : `${(medianDelayMs / HOUR_MS).toFixed(2)} h`,
    growing === 0 ? '' : `${foundEarly}/${growing}`,
  ])
  const falses = Object.entries(summary.falseByKind).map(([what, perDay]) => [what, perDay.toFixed(2)])
  return [
    `${summary.worlds.join(', ')}: ${summary.days.toFixed(0)} scored days`,
    '',
    table([['method', 'threshold', 'found', 'recall', 'false/day', 'precision'], ...methods]),
    'Peers stand twice: as they come, and with the threshold that finds most at one false alarm a day here.',
    '',
    table([['kind', 'found', 'median delay', 'before a quarter'], ...kinds]),
    '',
    ...(summary.growth.length === 0 ? [] : [growthText(summary.growth), '']),
    table([['false alarms', 'a day'], ...falses]),
    '',
    livesText(summary.lives),
    '',
    `rises and drops ${summary.movementFalsePerDay.toFixed(2)} false a day, emerging ${summary.emergingFalsePerDay.toFixed(2)};`,
    `${(100 * summary.friendShare).toFixed(1)} % of alerts on false friends; ${summary.wholeAlerts} alerts of the market as a whole, not counted`,
  ].join('\n')
}

function growthText(growth: Summary['growth']): string {
  const head = ['artists before a quarter, which comes after', ...GROWTH_HOURS]
  return table([head, ...growth.map(growthCells)])
}

function livesText({ rows, drops, dropsAfterRise, falseDropsAfterRise }: Lives): string {
  return [
    table([LIFE_HEAD, ...rows.map(lifeCells)]),
    `${dropsAfterRise} of ${drops} drops came within a week of a rise of their key,`,
    `${falseDropsAfterRise} of them false`,
  ].join('\n')
}

/** What others reached, standard profile, as their authors report it. */
const NAB_OTHERS = 'others: ARTime 74.9, Numenta HTM 70.1, Random Cut Forest 51.7, windowed Gaussian 39.6'

export function nabText({ streams, windows, threshold, tuned, heldOut, all }: NabResult): string {
  return [
    `${streams} streams, ${windows} windows; standard profile: 0 is silence, 100 perfection`,
    `threshold ${threshold}, set on every other stream and frozen`,
    '',
    table([
      ['streams', 'score'],
      ['the threshold was set on', tuned.toFixed(1)],
      ['held out', heldOut.toFixed(1)],
      ['all', all.toFixed(1)],
    ]),
    NAB_OTHERS,
  ].join('\n')
}
