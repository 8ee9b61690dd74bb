// Why a key is told of, or not: the answer agrees with what the detector itself does.
import { beforeAll, describe, expect, it } from 'vitest'
import { explainKey, type KeyExplanation, type KeyWindow } from '../../processors/detect/explain-key.ts'
import { DetectStage } from '../../processors/detect-stage.ts'
import type { Alert } from '../../schemas/alerts.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import {
  COUNTRIES,
  DAY_MINUTES,
  type Market,
  marketRecords,
  SELLERS,
  type Seller,
  START_MS,
} from '../support/detect.ts'

const DAYS = 10
/** Jazz sells three times its usual in the last hour; nothing else moves. */
const fromMinute = DAYS * DAY_MINUTES - 60
const market: Market = {
  sellers: SELLERS,
  countries: COUNTRIES,
  seed: 2,
  factor: ({ genre }: Seller, minute: number) => (genre === 'jazz' && minute >= fromMinute ? 3 : 1),
}

const alerts: Alert[] = []
const stage = new DetectStage({ sources: 1, quietUpToMs: Number.NEGATIVE_INFINITY }, a => alerts.push(a))

beforeAll(() => {
  for (const batch of marketRecords(market, 0, DAYS * DAY_MINUTES)) stage.handle(0, batch)
})

function windowOf({ nearest }: KeyExplanation, direction: KeyWindow['direction']): KeyWindow {
  return nearest.find(window => window.direction === direction)!
}

describe('what keeps a key from being told', () => {
  it('[D40] an alert that is open, with the numbers and the threshold of the alert itself', () => {
    const alert = alerts.find(
      ({ key, openedAtMs }) => key === 'genre:jazz' && openedAtMs > START_MS + fromMinute * MINUTE_MS,
    )!
    const rise = windowOf(explainKey(stage.detector, 'genre:jazz')!, 'rise')
    expect(rise).toMatchObject({ obstacle: 'told', threshold: alert.threshold })
    expect(rise.score).toBeGreaterThan(rise.threshold)
    expect(rise.purchases).toBeGreaterThan(2 * rise.expected)
  })

  it('[D40] what is as it was expected to be is far from its threshold, and no alert of it is open', () => {
    const folk = explainKey(stage.detector, 'genre:folk')!
    expect(folk.nearest.map(({ direction }) => direction)).toEqual(['rise', 'drop'])
    for (const window of folk.nearest) {
      expect(['expected', 'threshold']).toContain(window.obstacle)
      expect(window.score).toBeLessThan(window.threshold)
    }
    const perDay =
      SELLERS.filter(({ genre }) => genre === 'folk').reduce((sum, { rate }) => sum + rate, 0) * DAY_MINUTES
    expect(folk.usualPerDay / perDay).toBeGreaterThan(0.7)
    expect(folk.usualPerDay / perDay).toBeLessThan(1.4)
  })

  it('[D40] what its genre explains is not told though it surprises', () => {
    const keys = SELLERS.filter(({ genre }) => genre === 'jazz').map(({ host }) => `artist:${host}`)
    const rises = keys.map(key => windowOf(explainKey(stage.detector, key)!, 'rise'))
    expect(rises.every(({ obstacle }) => obstacle !== 'told')).toBe(true)
    expect(rises[0]!.purchases).toBeGreaterThan(rises[0]!.expected)
  })

  it('[D40] a key that nobody ever bought is not known', () => {
    for (const key of ['genre:polka', 'artist:nobody.bandcamp.com', 'item:https://x', '', 'all']) {
      expect(explainKey(stage.detector, key)).toBeNull()
    }
  })

  it('[D40] looking changes nothing: the same answer twice', () => {
    const keys = [
      'genre:jazz',
      'country:us',
      'tag:jazz style 0',
      'artist:rock-0.bandcamp.com',
      'format:vinyl',
    ]
    const looks = () => keys.map(key => explainKey(stage.detector, key))
    expect(looks()).toEqual(looks())
  })
})
