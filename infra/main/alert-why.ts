// `bct alerts explain KEY`: why a key is not told of right now, worked out from the log as detection does.

import {
  explainKey,
  type KeyExplanation,
  type KeyWindow,
  type Obstacle,
} from '../../processors/detect/explain-key.ts'
import { DetectStage } from '../../processors/detect-stage.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { Key } from '../../schemas/keys.ts'
import { safeText } from '../../schemas/safe-text.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import type { EventLog } from '../ports.ts'
import { alertCells, windowText } from './alert-tools.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import { readThrough } from './evaluation/simulate.ts'
import { instantText } from './instant.ts'
import { type Output, table } from './output.ts'

/** Days in which everything is learnt and nothing is told. */
const SILENT_DAYS = 2
const SHOWN_ALERTS = 5

const SAYS: Readonly<Record<Obstacle, string>> = {
  expected: 'nothing moves that way',
  few: 'too few purchases for a rise, whatever was expected',
  small: 'too few are expected: a drop could not be told from chance',
  gap: 'a gap touches the window, so no drop is told',
  threshold: 'not unusual enough',
  explained: 'unusual, but one buyer, its artists, its genre or a market that moves as a whole explain it',
  told: 'told already: its alert is open, or closed within six hours',
}

function windowLines(window: KeyWindow): readonly (readonly string[])[] {
  const { direction, windowMinutes, purchases, expected, size, score, threshold, obstacle } = window
  const length = windowText(windowMinutes * MINUTE_MS)
  return [
    [direction, SAYS[obstacle]],
    ['', `${purchases} purchases in ${length}, expected μ ${expected.toFixed(2)} (r ${size.toFixed(1)})`],
    ['', `surprise ${score.toFixed(2)}, told from ${threshold.toFixed(2)}`],
  ]
}

function text(found: KeyExplanation, upToMs: number, alerts: readonly Alert[]): string {
  const { key, usualPerDay, nearest, marketDays } = found
  const head = [
    ['key', safeText(key)],
    ['as of', instantText(upToMs)],
    ['usual', `${usualPerDay.toFixed(1)} purchases a day`],
    ...(marketDays > SILENT_DAYS
      ? []
      : [['but', `${marketDays.toFixed(1)} days of history: nothing is told in the first ${SILENT_DAYS}`]]),
  ]
  const parts = [table([...head, ...nearest.flatMap(windowLines)])]
  if (alerts.length > 0) parts.push(`Its last alerts:\n${table(alerts.map(alertCells))}`)
  return parts.join('\n\n')
}

/** Reads all of `sales`: a minute for some months. */
export async function explainWhyNot(
  log: EventLog,
  key: Key,
  { output, json }: { readonly output: Output; readonly json: boolean },
): Promise<ExitCode> {
  const alerts = new Map<string, Alert>()
  const options = { sources: log.partitions('sales'), quietUpToMs: Number.NEGATIVE_INFINITY }
  const stage = new DetectStage(options, alert => {
    if (alert.key === key) alerts.set(alert.id, alert)
  })
  output.say('reading the log as detection does …')
  await readThrough(log, stage)
  const found = explainKey(stage.detector, key)
  if (found === null || stage.watermarkMs === null) {
    const fix =
      'alerts are told of genre:…, country:…, format:…, tag:… and artist:HOST, as bct alerts list shows'
    throw new CommandError(EXIT.notFound, `nobody bought ${safeText(key)} in a long time, if ever`, fix)
  }
  const last = [...alerts.values()].slice(-SHOWN_ALERTS).reverse()
  if (json) output.json({ ...found, asOf: instantText(stage.watermarkMs), alerts: last })
  else output.data(text(found, stage.watermarkMs, last))
  return EXIT.ok
}
