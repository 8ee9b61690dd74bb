// An alert while it lasts, and the rules by which it is told again and ends.
import type { Alert, AlertChange, AlertEnding, AlertKind, Severity } from '../../schemas/alerts.ts'
import type { Key } from '../../schemas/keys.ts'
import { murmur2 } from '../../schemas/partition.ts'
import type { Counted, Finding } from './finding.ts'
import { isGraver } from './severity.ts'
import { CLOSE_SHARE, DAY_MINUTES, HOUR, HOUR_MINUTES, STEADY, WINDOW_MINUTES } from './tuning.ts'

/** A size is another where it grew by half, or fell to half, and chance alone would not do it. */
const GROWN = 1.5
const SHRUNK = 0.5
const CHANCE_SPREADS = 2
/** After it was told, an alert rests for so long, save that it matters more than was said. */
const REST_MINUTES = HOUR_MINUTES
const REST_EMERGING_MINUTES = 12 * HOUR_MINUTES
/** Whatever happens: the numbers of an open alert are not older. */
const OLDEST_MINUTES = DAY_MINUTES
/** The height is described anew where it is so many times as surprising as what was described. */
export const HIGHER = 1.1
/** The last stretch is 20 times likelier (a logarithm) by the usual than by half of the movement. */
const OVER_EVIDENCE = 3
const OVER_SHARE = 1 / 2
/** A drop to less is as one to this: of nothing at all a single sale would be proof. */
const LEAST_RATIO = 0.05

/** What was told: a window, and when. `window` is an index; of what emerges it counts half days. */
export interface Told extends Counted {
  readonly window: number
  readonly score: number
  readonly minute: number
}

export interface OpenAlert {
  readonly id: string
  readonly keyId: number
  readonly place: number
  readonly kind: AlertKind
  readonly threshold: number
  readonly openedMinute: number
  severity: Severity
  peakScore: number
  told: Told
  /** The last minute in which it was hot, and the window that was. */
  hotMinute: number
  hotWindow: number
  /** As it was described at its height, and that window. */
  height: Alert
  heightTold: Told
  /** What was told last. */
  last: Alert
}

export function alertId(key: Key, kind: AlertKind, openedAtMs: number): string {
  const text = `${kind}\u0000${openedAtMs}\u0000${key}`
  return hex(murmur2(text)) + hex(murmur2(`${text}\u0000`))
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}

export const directionOf = (kind: AlertKind): 1 | -1 => (kind === 'drop' || kind === 'market-drop' ? -1 : 1)

/** Takes a look into account; `blindMinutes`: since the last one nothing could be seen for so long. */
export function see(alert: OpenAlert, finding: Finding, minute: number, blindMinutes: number): void {
  if (finding.score >= alert.threshold * CLOSE_SHARE) {
    alert.hotMinute = minute
    alert.hotWindow = finding.window
  } else {
    alert.hotMinute += blindMinutes
  }
  alert.peakScore = Math.max(alert.peakScore, finding.score)
}

/** Why it is to be told again: `now` is what was told of as it is now, `finding` what surprises most. */
export function changeOf(
  alert: OpenAlert,
  now: Counted,
  finding: Finding,
  severity: Severity,
  minute: number,
): AlertChange | null {
  if (isGraver(severity, alert.severity)) return 'severity'
  const { told } = alert
  const restMinutes = alert.kind === 'emerging' ? REST_EMERGING_MINUTES : REST_MINUTES
  if (minute - told.minute < restMinutes) return null
  if (minute - told.minute >= OLDEST_MINUTES) return 'size'
  const isLonger = finding.window > told.window && finding.score >= GROWN * told.score
  return isLonger || isAnother(told.n, now.n) ? 'size' : null
}

function isAnother(told: number, now: number): boolean {
  if (now < told * GROWN && now > told * SHRUNK) return false
  return Math.abs(now - told) >= CHANCE_SPREADS * Math.sqrt(Math.max(1, told))
}

/** The window that has to be calm. A longer one still holds what is over: nobody waits for a day to pass. */
export const stretchOf = ({ hotWindow }: OpenAlert): number => Math.min(STEADY, Math.max(HOUR, hotWindow))

/**
 * Whether it is over: it has not surprised for a stretch, or the last stretch lies in the expected range and
 * is far likelier by what is usual than by half of what the movement was. `last`: null where a gap
 * touches it.
 */
export function endOf(
  alert: OpenAlert,
  last: Counted | null,
  minute: number,
  mostMinutes: number,
): AlertEnding | null {
  const stretchMinutes = WINDOW_MINUTES[stretchOf(alert)]!
  if (minute - alert.hotMinute >= Math.min(stretchMinutes, WINDOW_MINUTES[alert.hotWindow]!)) return 'calm'
  const openMinutes = minute - alert.openedMinute
  if (
    last !== null &&
    openMinutes >= stretchMinutes &&
    isUsual(last, alert.heightTold, directionOf(alert.kind))
  )
    return 'calm'
  return openMinutes >= mostMinutes ? 'new-usual' : null
}

function isUsual({ n, mu, r }: Counted, height: Counted, direction: 1 | -1): boolean {
  if ((n - mu) * direction > Math.sqrt(mu + (mu * mu) / r)) return false
  const ratio = 1 + (Math.max(LEAST_RATIO, height.n / height.mu) - 1) * OVER_SHARE
  return mu * (ratio - 1) - n * Math.log(ratio) >= OVER_EVIDENCE
}
