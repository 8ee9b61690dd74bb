// Chapter: a store and its log. What was filled from another log is refused before anything is skipped.
import { expect, it } from 'vitest'
import { checkSameLog } from '../../infra/main/same-log.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'

const store = (read: number) => ({ progress: async () => read })

it('[G4] a store that has read further than its log reaches is refused, with the next step', async () => {
  const log = createFakeEventLog({ partitions: 1 })
  const topics = ['sales', 'windows', 'dead-letters'] as const
  const tick = { kind: 'tick', upToMs: 1 } as const
  await log.append([{ topic: 'sales', partition: 0, record: tick }])
  await expect(checkSameLog(log, store(0))).resolves.toBeUndefined()
  await expect(checkSameLog(log, store(2))).rejects.toThrow(/read 2 records of sales, but the log holds 1/)
  const windowsAhead = { progress: async (_: string, topic: string) => (topic === topics[1] ? 1 : 0) }
  await expect(checkSameLog(log, windowsAhead)).rejects.toThrow(/windows/)
})

it('[G4] a store that another process fills meanwhile is not taken for one of another log', async () => {
  const log = createFakeEventLog({ partitions: 1 })
  const record = { kind: 'tick', upToMs: 1 } as const
  let read = 0
  const filledMeanwhile = {
    progress: async () => {
      await log.append([{ topic: 'sales', partition: 0, record }])
      read++
      return read
    },
  }
  const busyLog = {
    ...log,
    bounds: async (topic: Parameters<typeof log.bounds>[0]) => {
      const bounds = await log.bounds(topic)
      await filledMeanwhile.progress()
      return bounds
    },
  }
  await expect(
    checkSameLog(busyLog, { progress: async (_, topic) => (topic === 'sales' ? read : 0) }),
  ).resolves.toBe(undefined)
})
