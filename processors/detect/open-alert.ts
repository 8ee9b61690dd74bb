// An alert while it lasts, and the rules by which it opens, grows and closes.
import type { Alert, AlertKind, Severity } from '../../schemas/alerts.ts'
import type { Key } from '../../schemas/keys.ts'
import { murmur2 } from '../../schemas/partition.ts'
import type { Finding } from './finding.ts'
import { CLOSE_SHARE, STEADY, WINDOW_MINUTES } from './tuning.ts'

/** How many thresholds make an alert notable or major, and how many purchases more or less than expected. */
const NOTABLE = { thresholds: 1.6, purchases: 10 }
const MAJOR = { thresholds: 3, purchases: 40 }
/** An alert is told again when its surprise has doubled since it was last told. */
const TOLD_AGAIN_AT = 2
/** A cool window of at most six hours closes: after a day-long window nobody waits for another day. */
const COOL_MINUTES_MAX = WINDOW_MINUTES[STEADY]

export interface OpenAlert {
  readonly id: string
  readonly keyId: number
  readonly place: number
  readonly kind: AlertKind
  readonly threshold: number
  readonly openedMinute: number
  severity: Severity
  peakScore: number
  toldScore: number
  /** The last minute in which it was hot, and the window that was. */
  hotMinute: number
  hotWindow: number
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

export function severityOf({ n, mu, score }: Finding, threshold: number): Severity {
  const [thresholds, purchases] = [score / threshold, Math.abs(n - mu)]
  if (thresholds >= MAJOR.thresholds && purchases >= MAJOR.purchases) return 'major'
  return thresholds >= NOTABLE.thresholds && purchases >= NOTABLE.purchases ? 'notable' : 'info'
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, notable: 1, major: 2 }

/** What is to be done about an open alert after a look at its key. */
export type Verdict = 'keep' | 'tell' | 'close'

/** `blindMinutes`: of the time since the last look, how long nothing could be seen and so cooled down. */
export function look(alert: OpenAlert, finding: Finding, minute: number, blindMinutes: number): Verdict {
  if (finding.score >= alert.threshold * CLOSE_SHARE) {
    alert.hotMinute = minute
    alert.hotWindow = finding.window
  } else {
    alert.hotMinute += blindMinutes
  }
  alert.peakScore = Math.max(alert.peakScore, finding.score)
  const severity = severityOf(finding, alert.threshold)
  if (RANK[severity] > RANK[alert.severity]) {
    alert.severity = severity
    return 'tell'
  }
  if (alert.severity !== 'major' && finding.score >= alert.toldScore * TOLD_AGAIN_AT) return 'tell'
  const coolMinutes = Math.min(COOL_MINUTES_MAX, WINDOW_MINUTES[alert.hotWindow]!)
  return minute - alert.hotMinute >= coolMinutes ? 'close' : 'keep'
}
