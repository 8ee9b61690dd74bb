// Plays a labelled history through the real processors, and the peers beside them, and judges what they said.
import { DetectStage } from '../../../processors/detect-stage.ts'
import type { Label } from '../../../producers/simulator/core/labelled/labels.ts'
import { createLabelledWorld } from '../../../producers/simulator/core/labelled/world.ts'
import type { Alert } from '../../../schemas/alerts.ts'
import type { SalesRecord } from '../../../schemas/records.ts'
import { HOUR_MS } from '../../../schemas/time.ts'
import { History, readLabels } from './history.ts'
import { PEERS, Peers } from './peers.ts'
import { type JudgedAlert, type Judgement, judge } from './score.ts'
import type { NamedWorld } from './worlds.ts'

/** One history with everything that was said of it. */
export interface Evaluation {
  readonly name: string
  readonly items: number
  readonly alerts: readonly Alert[]
  readonly judgement: Judgement
  /** The scored time. */
  readonly fromMs: number
  readonly toMs: number
  /** The curve of a peer: its judgement at each threshold, lowest first; the first is its own. */
  readonly peers: readonly { readonly name: string; readonly curve: readonly PeerPoint[] }[]
}

export interface PeerPoint {
  readonly threshold: number
  readonly judgement: Judgement
}

/** Thresholds that peers are tried at: ratios for the first two, standard deviations for the third. */
const RATIOS = [1.5, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 40, 60, 100]
const DEVIATIONS = [3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 60, 100]

type Batches = AsyncIterable<readonly SalesRecord[]> | Iterable<readonly SalesRecord[]>

interface Played {
  readonly alerts: readonly Alert[]
  readonly peers: Peers | null
  readonly items: number
}

async function play(batches: Batches, withPeers: boolean, tell: (upToMs: number) => void): Promise<Played> {
  const latest = new Map<string, Alert>()
  const stage = new DetectStage({ sources: 1, quietUpToMs: Number.NEGATIVE_INFINITY }, alert => {
    latest.set(alert.id, alert)
  })
  const peers = withPeers ? new Peers() : null
  let items = 0
  for await (const batch of batches) {
    stage.handle(0, batch)
    peers?.handle(batch)
    for (const record of batch) if (record.kind === 'sale') items += record.items.length
    tell(stage.watermarkMs ?? 0)
  }
  return { alerts: [...latest.values()], peers, items }
}

function judged({ alertKind, key, openedAtMs, closedAtMs, peakScore, ...alert }: Alert): JudgedAlert {
  const hours = alert.windowMs / HOUR_MS
  const says = `${alert.purchases} in ${hours} h, expected ${alert.expected.toFixed(1)}`
  return { kind: alertKind, key, openedAtMs, closedAtMs, score: peakScore, says }
}

function evaluation(
  name: string,
  { alerts, peers, items }: Played,
  labels: readonly Label[],
  range: { readonly fromMs: number; readonly toMs: number },
): Evaluation {
  const curveOf = (peer: number) =>
    (peer === 2 ? DEVIATIONS : RATIOS).map(threshold => ({
      threshold,
      judgement: judge(peers!.alerts(peer, threshold), labels, range),
    }))
  return {
    name,
    items,
    alerts,
    judgement: judge(alerts.map(judged), labels, range),
    ...range,
    peers: peers === null ? [] : PEERS.map((peer, place) => ({ name: peer, curve: curveOf(place) })),
  }
}

/** `tell` hears the event time reached. */
export async function evaluateWorld(
  { name, ...options }: NamedWorld,
  withPeers: boolean,
  tell: (upToMs: number) => void,
): Promise<Evaluation> {
  const world = createLabelledWorld(options)
  const played = await play(world.hours(), withPeers, tell)
  return evaluation(name, played, world.labels, { fromMs: world.scoreFromMs, toMs: world.toMs })
}

export async function evaluateHistory(
  file: string,
  labelsFile: string,
  withPeers: boolean,
  tell: (upToMs: number) => void,
): Promise<Evaluation> {
  const labels = readLabels(labelsFile)
  const history = new History(file)
  const played = await play(history.batches(), withPeers, tell)
  const fromMs = history.scoreFromMs ?? history.fromMs
  return evaluation(file, played, labels, { fromMs, toMs: history.toMs })
}
