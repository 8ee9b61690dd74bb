// What is let go of, and by which clock.
import { expect, it } from 'vitest'
import { letGo } from '../../infra/main/upkeep.ts'
import { DAY_MS } from '../../schemas/time.ts'
import { createFakeDelivery } from '../fakes/delivery.ts'

const NOW_MS = Date.UTC(2026, 9, 14)

/** The times by which sales were let go of, where the newest that is stored is of `watermarkMs`. */
async function droppedAt(watermarkMs: number | null, feedNowMs: number): Promise<readonly number[]> {
  const asked: number[] = []
  const { outbox, subscribers } = createFakeDelivery()
  const enforceRetention = async (nowMs: number): Promise<number> => asked.push(nowMs)
  const extent = async () => ({ firstSaleMs: null, watermarkMs })
  const log = { enforceRetention: async () => {} }
  const store = { enforceRetention, extent, outbox, subscribers }
  await letGo({ log, store }, { nowMs: feedNowMs, feedNowMs })
  return asked
}

it('[S31] a clock that is set years ahead takes no sales away', async () => {
  expect(await droppedAt(NOW_MS - 60_000, NOW_MS + 700 * DAY_MS)).toEqual([NOW_MS - 60_000])
  expect(await droppedAt(NOW_MS + 60_000, NOW_MS)).toEqual([NOW_MS])
  expect(await droppedAt(null, NOW_MS)).toEqual([])
})
