// How alerts lived: how severe, how long open, how often told again, and which drops follow a rise.
import { ALERT_ENDINGS, type Alert, SEVERITIES, type Severity } from '../../../schemas/alerts.ts'
import { DAY_MS, HOUR_MS } from '../../../schemas/time.ts'
import { median, quantile } from './quantile.ts'
import type { JudgedAlert, Judgement } from './score.ts'

/** A drop that opens so soon after a rise of its key may only be that rise, dying down. */
const AFTER_RISE_MS = 7 * DAY_MS

/** An alert with its last record. */
export type Lived = Pick<
  Alert,
  'alertKind' | 'key' | 'severity' | 'openedAtMs' | 'closedAtMs' | 'revision' | 'end'
>

/** Alerts of one kind; market and feed are left out. */
export interface LifeRow {
  readonly kind: string
  readonly alerts: number
  readonly bySeverity: Readonly<Record<Severity, number>>
  /** Hours open: median, 95 of 100, longest. */
  readonly openHours: readonly [median: number, p95: number, longest: number]
  /** Updates of an alert: mean, and most. */
  readonly updates: readonly [mean: number, most: number]
  /** Of those that ended: for which reason. */
  readonly endings: Readonly<Record<(typeof ALERT_ENDINGS)[number], number>>
}

export interface Lives {
  readonly rows: readonly LifeRow[]
  readonly drops: number
  /** Drops that opened within a week after a rise of their key, and those of them that no label speaks of. */
  readonly dropsAfterRise: number
  readonly falseDropsAfterRise: number
}

const isRise = ({ alertKind }: Lived): boolean => alertKind === 'rise' || alertKind === 'emerging'

function count<T extends string>(names: readonly T[], values: readonly (T | undefined)[]): Record<T, number> {
  const of = (name: T) => values.filter(value => value === name).length
  return Object.fromEntries(names.map(name => [name, of(name)])) as Record<T, number>
}

function rowOf(kind: string, alerts: readonly Lived[], toMs: number): LifeRow {
  const hours = alerts.map(({ openedAtMs, closedAtMs }) => ((closedAtMs ?? toMs) - openedAtMs) / HOUR_MS)
  // The first record has revision 0, the closing one is no update.
  const updates = alerts.map(({ revision, closedAtMs }) => revision - (closedAtMs === null ? 0 : 1))
  const ended = alerts.map(({ end }) => end?.reason)
  return {
    kind,
    alerts: alerts.length,
    bySeverity: count(
      SEVERITIES,
      alerts.map(({ severity }) => severity),
    ),
    openHours: [median(hours), quantile(hours, 0.95), quantile(hours, 1)],
    updates: [updates.reduce((sum, n) => sum + n, 0) / Math.max(1, updates.length), Math.max(0, ...updates)],
    endings: count(ALERT_ENDINGS, ended),
  }
}

function followsRise(drop: Lived, alerts: readonly Lived[]): boolean {
  return alerts.some(
    rise =>
      isRise(rise) &&
      rise.key === drop.key &&
      rise.openedAtMs < drop.openedAtMs &&
      drop.openedAtMs - (rise.closedAtMs ?? Infinity) < AFTER_RISE_MS,
  )
}

export interface LivedWorld {
  readonly alerts: readonly Lived[]
  readonly judgement: Pick<Judgement, 'falseAlerts'>
  readonly fromMs: number
  readonly toMs: number
}

/** Of the alerts opened in the scored time of each world. */
export function livesOf(worlds: readonly LivedWorld[]): Lives {
  const kinds = ['rise', 'drop', 'emerging'] as const
  const toMs = Math.max(...worlds.map(world => world.toMs))
  const scored = worlds.map(({ alerts, fromMs, toMs }) =>
    alerts.filter(({ openedAtMs }) => openedAtMs >= fromMs && openedAtMs < toMs),
  )
  const all = scored.flat().filter(({ alertKind }) => (kinds as readonly string[]).includes(alertKind))
  const after = worlds.flatMap(({ alerts, judgement }, world) => {
    const isFalse = (drop: Lived) =>
      judgement.falseAlerts.some(
        (each: JudgedAlert) =>
          each.key === drop.key && each.openedAtMs === drop.openedAtMs && each.kind === 'drop',
      )
    return scored[world]!.filter(each => each.alertKind === 'drop' && followsRise(each, alerts)).map(isFalse)
  })
  return {
    rows: [
      rowOf('all', all, toMs),
      ...kinds.map(kind =>
        rowOf(
          kind,
          all.filter(({ alertKind }) => alertKind === kind),
          toMs,
        ),
      ),
    ],
    drops: all.filter(({ alertKind }) => alertKind === 'drop').length,
    dropsAfterRise: after.length,
    falseDropsAfterRise: after.filter(isFalse => isFalse).length,
  }
}

/** A line of the table: shares of severities, hours, updates, endings. */
export const LIFE_HEAD = [
  'alerts',
  'how many',
  'major',
  'notable',
  'info',
  'open: median',
  '95 of 100',
  'longest',
  'updates: mean',
  'most',
  'calm again',
  'new usual',
]

export function lifeCells({
  kind,
  alerts,
  bySeverity,
  openHours,
  updates,
  endings,
}: LifeRow): readonly string[] {
  const share = (n: number) => `${Math.round((100 * n) / Math.max(1, alerts))} %`
  return [
    kind,
    String(alerts),
    ...[bySeverity.major, bySeverity.notable, bySeverity.info].map(share),
    ...openHours.map(hours => `${hours.toFixed(1)} h`),
    updates[0].toFixed(1),
    String(updates[1]),
    String(endings.calm),
    String(endings['new-usual']),
  ]
}
