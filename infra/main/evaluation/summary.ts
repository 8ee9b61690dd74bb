// The numbers of one or several evaluations together, for the table, the JSON and the page.
import type { Evaluation } from './evaluate.ts'
import { type GrowthRow, growthTable } from './growth-table.ts'
import { type Lives, livesOf } from './lives.ts'
import { type Judgement, type KindRow, rowsOf } from './score.ts'

/** False alarms a day that a method may have to be compared at all. */
export const BUDGET_PER_DAY = 1

export interface MethodRow {
  readonly method: string
  /** Null where it has none. */
  readonly threshold: number | null
  readonly labels: number
  readonly found: number
  readonly falsePerDay: number
  /** Of the alerts that count either way; null where there are none. */
  readonly precision: number | null
}

export interface Summary {
  readonly worlds: readonly string[]
  readonly days: number
  readonly ours: MethodRow
  /** Each peer as it comes, and with the threshold that finds most within the budget on these very days. */
  readonly peers: readonly MethodRow[]
  readonly kinds: readonly KindRow[]
  /** Artists found before a quarter of their plateau, by where the plateau is and when the quarter comes. */
  readonly growth: readonly GrowthRow[]
  readonly lives: Lives
  /** False alarms a day by what they claim: `rise artist`. */
  readonly falseByKind: Readonly<Record<string, number>>
  readonly movementFalsePerDay: number
  readonly emergingFalsePerDay: number
  /** Share of all counted alerts that fell for a false friend, such as one buyer's bulk purchase. */
  readonly friendShare: number
  readonly wholeAlerts: number
}

function rowOf(method: string, threshold: number | null, judgements: readonly Judgement[]): MethodRow {
  const sum = (of: (judgement: Judgement) => number) => judgements.reduce((total, j) => total + of(j), 0)
  const [right, wrong] = [sum(j => j.rightAlerts.length), sum(j => j.falseAlerts.length)]
  return {
    method,
    threshold,
    labels: sum(j => j.labels.length),
    found: sum(j => j.labels.filter(({ delayMs }) => delayMs !== null).length),
    falsePerDay: wrong / sum(j => j.days),
    precision: right + wrong === 0 ? null : right / (right + wrong),
  }
}

function peerRows(evaluations: readonly Evaluation[]): readonly MethodRow[] {
  return (evaluations[0]?.peers ?? []).flatMap(({ name, curve }, peer) => {
    const rows = curve.map(({ threshold }, point) => {
      const judgements = evaluations.map(each => each.peers[peer]!.curve[point]!.judgement)
      return rowOf(name, threshold, judgements)
    })
    const within = rows.filter(row => row.falsePerDay <= BUDGET_PER_DAY).sort((a, b) => b.found - a.found)
    return [rows[0]!, within[0] ?? rows.at(-1)!]
  })
}

export function summarise(evaluations: readonly Evaluation[]): Summary {
  const judgements = evaluations.map(({ judgement }) => judgement)
  const days = judgements.reduce((sum, j) => sum + j.days, 0)
  const falseAlerts = judgements.flatMap(j => j.falseAlerts)
  const counts: Record<string, number> = {}
  for (const { kind, key } of falseAlerts) {
    const what = `${kind} ${key.split(':')[0]}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  const emerging = falseAlerts.filter(({ kind }) => kind === 'emerging').length
  const counted = falseAlerts.length + judgements.reduce((sum, j) => sum + j.rightAlerts.length, 0)
  return {
    worlds: evaluations.map(({ name }) => name),
    days,
    ours: rowOf('market clock (this)', null, judgements),
    peers: peerRows(evaluations),
    kinds: rowsOf(judgements.flatMap(j => j.labels)),
    growth: growthTable(judgements.flatMap(j => j.labels)),
    lives: livesOf(evaluations),
    falseByKind: Object.fromEntries(Object.entries(counts).map(([what, n]) => [what, n / days])),
    movementFalsePerDay: (falseAlerts.length - emerging) / days,
    emergingFalsePerDay: emerging / days,
    friendShare: counted === 0 ? 0 : judgements.reduce((sum, j) => sum + j.friendAlerts, 0) / counted,
    wholeAlerts: judgements.reduce((sum, j) => sum + j.wholeAlerts, 0),
  }
}
