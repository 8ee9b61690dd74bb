// Holds alerts against labels: what was found, how soon, what was missed, and what was false.
import type { Label } from '../../../producers/simulator/core/labelled/labels.ts'
import type { AlertKind } from '../../../schemas/alerts.ts'
import { dimensionOf, type Key } from '../../../schemas/keys.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/time.ts'

/** An alert as far as judging needs it; `closedAtMs` is null while it lasts. */
export interface JudgedAlert {
  readonly kind: AlertKind
  readonly key: Key
  readonly openedAtMs: number
  readonly closedAtMs: number | null
  readonly score: number
  readonly says: string
}

/** After a label's end, the windows that saw it still speak of it for so long. */
const GRACE_MS = 3 * HOUR_MS
/** What is left of a neutral label in the longest window, and what its end looks like, count neither way. */
const NEUTRAL_GRACE_MS = DAY_MS

export interface FoundLabel {
  readonly label: Label
  /** From its start to the first alert; null where it was missed. */
  readonly delayMs: number | null
}

export interface Judgement {
  readonly days: number
  readonly labels: readonly FoundLabel[]
  readonly falseAlerts: readonly JudgedAlert[]
  readonly rightAlerts: readonly JudgedAlert[]
  readonly neutralAlerts: number
  readonly friendAlerts: number
  /** Alerts of the market as a whole that meet no label: told apart, for no key has moved. */
  readonly wholeAlerts: number
}

const directionOf = (kind: AlertKind): 1 | -1 => (kind === 'drop' || kind === 'market-drop' ? -1 : 1)

function touches(alert: JudgedAlert, label: Label, graceMs: number): boolean {
  if (alert.key !== label.key) return false
  return alert.openedAtMs < label.endMs + graceMs && (alert.closedAtMs ?? Infinity) > label.startMs
}

/** Judges the alerts opened in `[fromMs, toMs)`; operator alerts are left out. */
export function judge(
  alerts: readonly JudgedAlert[],
  labels: readonly Label[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Judgement {
  const byKey = new Map<Key, Label[]>()
  for (const label of labels) byKey.set(label.key, [...(byKey.get(label.key) ?? []), label])
  const delays = new Map<Label, number>()
  const falseAlerts: JudgedAlert[] = []
  const rightAlerts: JudgedAlert[] = []
  let [neutralAlerts, friendAlerts, wholeAlerts] = [0, 0, 0]
  for (const alert of alerts) {
    if (alert.kind === 'feed-silent') continue
    const isScored = alert.openedAtMs >= fromMs && alert.openedAtMs < toMs
    const mine = byKey.get(alert.key) ?? []
    const right = mine.filter(
      l =>
        !l.neutral &&
        !l.falseFriend &&
        l.direction === directionOf(alert.kind) &&
        touches(alert, l, GRACE_MS),
    )
    for (const label of right) {
      const delayMs = Math.max(0, alert.openedAtMs - label.startMs)
      delays.set(label, Math.min(delays.get(label) ?? Infinity, delayMs))
    }
    if (!isScored) continue
    if (right.length > 0) rightAlerts.push(alert)
    else if (mine.some(l => l.neutral && touches(alert, l, NEUTRAL_GRACE_MS))) neutralAlerts++
    else if (dimensionOf(alert.key) === 'all') wholeAlerts++
    else {
      falseAlerts.push(alert)
      if (mine.some(l => l.falseFriend && touches(alert, l, NEUTRAL_GRACE_MS))) friendAlerts++
    }
  }
  const counted = labels.filter(l => !l.neutral && !l.falseFriend && l.startMs >= fromMs && l.startMs < toMs)
  return {
    days: (toMs - fromMs) / DAY_MS,
    labels: counted.map(label => ({ label, delayMs: delays.get(label) ?? null })),
    falseAlerts,
    rightAlerts,
    neutralAlerts,
    friendAlerts,
    wholeAlerts,
  }
}

/** Found before a quarter of its plateau; what does not say when that is was not. */
export function isFoundEarly({ label, delayMs }: FoundLabel): boolean {
  return delayMs !== null && label.quarterMs !== null && label.startMs + delayMs <= label.quarterMs
}

export interface KindRow {
  readonly kind: string
  readonly labels: number
  readonly found: number
  readonly medianDelayMs: number | null
  /** Of those that say when they sell a quarter of their plateau: how many; how many were found by then. */
  readonly growing: number
  readonly foundEarly: number
}

/** One row per kind and size class, in the order of the labels' kinds. */
export function rowsOf(labels: readonly FoundLabel[]): readonly KindRow[] {
  const groups = new Map<string, FoundLabel[]>()
  for (const found of labels) {
    const { kind, size } = found.label
    const name = /^x|^(6|10|20|40) sales$/.test(size) ? `${kind} ${size}` : kind
    groups.set(name, [...(groups.get(name) ?? []), found])
  }
  return [...groups].sort().map(([kind, group]) => {
    const delays = group.flatMap(({ delayMs }) => (delayMs === null ? [] : [delayMs])).sort((a, b) => a - b)
    const medianDelayMs = delays.length === 0 ? null : delays[delays.length >> 1]!
    const growing = group.filter(({ label }) => label.quarterMs !== null)
    const early = growing.filter(isFoundEarly)
    return {
      kind,
      labels: group.length,
      found: delays.length,
      medianDelayMs,
      growing: growing.length,
      foundEarly: early.length,
    }
  })
}
