// The alerts of a day as the report tells them: what it was, how it ended, and what most of it was.
import { atHeight } from '../../../schemas/alert-words.ts'
import type { Alert } from '../../../schemas/alerts.ts'
import { keyValue } from '../../../schemas/keys.ts'
import type { Answers } from './answers.ts'
import type { ReportAlert } from './model.ts'
import { keyName, shownText } from './words.ts'

const SHOWN_ALERTS = 12
const SEVERITY = { major: 2, notable: 1, info: 0 }

/** The most severe first, then the most unusual. */
export function reportAlerts({ alerts, today }: Answers): readonly ReportAlert[] {
  const names = new Map(today.artists.map(({ value, label }) => [value, label]))
  return [...alerts]
    .sort(
      (a, b) =>
        SEVERITY[b.severity] - SEVERITY[a.severity] || b.peakScore - a.peakScore || (a.id < b.id ? -1 : 1),
    )
    .slice(0, SHOWN_ALERTS)
    .map(alert => reportAlert(alert, names))
}

function nameOf(
  { key, dimension, topReleases }: Alert,
  names: ReadonlyMap<string, string>,
): string | undefined {
  if (dimension === 'item') return topReleases.find(r => r.url === keyValue(key))?.title
  if (dimension !== 'artist') return undefined
  return names.get(keyValue(key)) ?? topReleases[0]?.artistName
}

function reportAlert(told: Alert, names: ReadonlyMap<string, string>): ReportAlert {
  const alert = atHeight(told)
  const top = alert.topReleases[0]
  const { id, key, dimension, alertKind, severity, openedAtMs, closedAtMs, purchases, expected } = alert
  return {
    id,
    key,
    label: keyName(key, dimension, nameOf(alert, names)),
    alertKind,
    severity,
    openedAtMs,
    closedAtMs,
    ending: alert.end?.reason ?? null,
    purchases,
    expected,
    isFrenzy: alert.isFrenzy,
    partial: alert.partial,
    topRelease:
      top === undefined
        ? null
        : {
            label: shownText(`${top.title} · ${top.artistName}`, top.url),
            url: top.url,
            artUrl: top.artUrl,
            share: top.share,
          },
  }
}
