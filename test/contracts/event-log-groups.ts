// The contract of consumer groups: sharing, order, commits, moves, failures, closing.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventLog } from '../../infra/ports.ts'
import { baskets, type EventLogHarness, eventually, type MakeHarness, witness } from './event-log-helpers.ts'

const PARTITIONS = 4

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name}-${i}`)

/** Resolves its promise from outside: a `handle` that is held until the test says so. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}

export function describeGroups(makeHarness: MakeHarness): void {
  describe('consumer groups', () => {
    let harness: EventLogHarness
    let logs: EventLog[] = []
    const open = async (): Promise<EventLog> => {
      const log = await harness.open()
      logs.push(log)
      return log
    }
    beforeEach(async () => {
      harness = await makeHarness({ partitions: PARTITIONS })
    })
    afterEach(async () => {
      await Promise.all(logs.map(log => log.close()))
      logs = []
      await harness.remove()
    })

    test('[L5] a lone member gets every partition and every record, in order', async () => {
      const log = await open()
      await log.append([...baskets('a', 30, 0), ...baskets('b', 20, 3)])
      const member = await witness(log)
      await eventually(() => expect([...member.holding].sort()).toEqual([0, 1, 2, 3]))
      await log.append(baskets('c', 5, 3))
      await eventually(() => {
        expect(member.seen.get(0)).toEqual(numbered('a', 30))
        expect(member.seen.get(3)).toEqual([...numbered('b', 20), ...numbered('c', 5)])
      })
      await member.consumer.close()
      await member.consumer.done
      expect(member.holding.size).toBe(0)
    })

    test('[L5] two groups read independently and keep their own positions', async () => {
      const log = await open()
      await log.append(baskets('a', 3))
      const one = await witness(log, { group: 'one' })
      const two = await witness(log, { group: 'two', commit: () => null })
      await eventually(() => {
        expect(one.seen.get(0)).toEqual(numbered('a', 3))
        expect(two.seen.get(0)).toEqual(numbered('a', 3))
      })
      await Promise.all([one.consumer.close(), two.consumer.close()])
      expect((await log.committed('one', 'feed'))[0]?.offset).toBe(3)
      expect(await log.committed('two', 'feed')).toEqual([null, null, null, null])
    })

    test('[L6] the position that handle returns is kept, with its watermark, and given to the next owner', async () => {
      const position = { offset: 2, watermarkMs: 60_000, finalAtMs: null }
      let log = await open()
      await log.append(baskets('a', 3))
      const first = await witness(log, { commit: () => position })
      await eventually(() => expect(first.seen.get(0)).toHaveLength(3))
      await log.close()
      log = await open()
      expect((await log.committed('group', 'feed'))[0]).toEqual(position)
      const second = await witness(log)
      await eventually(() => expect(second.seen.get(0)).toEqual(['a-2']))
      await eventually(async () => expect((await log.committed('group', 'feed'))[0]?.offset).toBe(3))
    })

    test('reading may start at a place of the caller’s own', async () => {
      const log = await open()
      await log.append(baskets('a', 5))
      const member = await witness(log, { from: 3 })
      await eventually(() => expect(member.seen.get(0)).toEqual(['a-3', 'a-4']))
    })

    test('[L7] members share the partitions evenly, and each is in one hand at a time', async () => {
      const [logA, logB] = [await open(), await open()]
      const diary: string[] = []
      const a = await witness(logA, { name: 'a ', diary })
      await eventually(() => expect(a.holding.size).toBe(PARTITIONS))
      const b = await witness(logB, { name: 'b ', diary })
      await eventually(() => {
        expect([a.holding.size, b.holding.size]).toEqual([2, 2])
        expect([...a.holding, ...b.holding].sort()).toEqual([0, 1, 2, 3])
      })
      for (const partition of b.holding) {
        expect(diary.indexOf(`a revoked ${partition}`)).toBeGreaterThanOrEqual(0)
        expect(diary.indexOf(`a revoked ${partition}`)).toBeLessThan(diary.indexOf(`b assigned ${partition}`))
      }
      await b.consumer.close()
      await eventually(() => expect(a.holding.size).toBe(PARTITIONS))
    })

    test('[L7] nothing is handled twice or left out when members come and go by themselves', async () => {
      const [logA, logB] = [await open(), await open()]
      const a = await witness(logA)
      await logA.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`x${p}`, 50, p)).flat())
      const b = await witness(logB)
      await eventually(() => expect([a.holding.size, b.holding.size]).toEqual([2, 2]))
      await logB.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`y${p}`, 50, p)).flat())
      await a.consumer.close()
      await logB.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`z${p}`, 50, p)).flat())
      for (let p = 0; p < PARTITIONS; p++) {
        const all = [...numbered(`x${p}`, 50), ...numbered(`y${p}`, 50), ...numbered(`z${p}`, 50)]
        await eventually(() => expect([...(a.seen.get(p) ?? []), ...(b.seen.get(p) ?? [])]).toEqual(all))
      }
    })

    test('[L8] a partition moves only after the running handle, whose position counts', async () => {
      const [logA, logB] = [await open(), await open()]
      const hold = gate()
      const diary: string[] = []
      await logA.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`p${p}`, 2, p)).flat())
      const a = await witness(logA, { name: 'a ', diary, onBatch: () => hold.opened })
      await eventually(() => expect(a.holding.size).toBe(PARTITIONS))
      const b = await witness(logB, { name: 'b ', diary })
      expect(b.holding.size).toBe(0)
      hold.open()
      await eventually(() => expect(b.holding.size).toBe(2))
      await eventually(() => {
        for (let p = 0; p < PARTITIONS; p++) {
          expect([...(a.seen.get(p) ?? []), ...(b.seen.get(p) ?? [])]).toEqual(numbered(`p${p}`, 2))
        }
      })
    })

    test('[L8] close waits for the running handle, commits it, and calls revoked once for each partition', async () => {
      const log = await open()
      const hold = gate()
      let entered = false
      await log.append(baskets('a', 2))
      const member = await witness(log, {
        onBatch: () => {
          entered = true
          return hold.opened
        },
      })
      await eventually(() => {
        expect(entered).toBe(true)
        expect(member.holding.size).toBe(PARTITIONS)
      })
      const closing = Promise.all([member.consumer.close(), member.consumer.close()])
      expect(member.diary.filter(line => line === 'revoked 0')).toEqual([])
      hold.open()
      await closing
      expect(member.diary.filter(line => line.startsWith('revoked')).sort()).toEqual(
        Array.from({ length: PARTITIONS }, (_, p) => `revoked ${p}`),
      )
      expect((await log.committed('group', 'feed'))[0]?.offset).toBe(2)
    })

    test('[L9] a handle that throws stops the consumer: done rejects with it, nothing of it is committed', async () => {
      const log = await open()
      await log.append(baskets('a', 2, 1))
      const member = await witness(log, {
        onBatch: async () => {
          throw new Error('a bug')
        },
      })
      await expect(member.consumer.done).rejects.toThrow('a bug')
      expect(member.holding.size).toBe(0)
      expect(await log.committed('group', 'feed')).toEqual([null, null, null, null])
      await member.consumer.close()
      const next = await witness(log)
      await eventually(() => expect(next.seen.get(1)).toEqual(numbered('a', 2)))
    })

    test('[L9] onAssigned that throws stops the consumer too', async () => {
      const log = await open()
      const consumer = await log.consume({
        group: 'group',
        topic: 'feed',
        onAssigned: () => Promise.reject(new Error('no state')),
      })
      await expect(consumer.done).rejects.toThrow('no state')
    })

    test('closing the log closes its consumers first', async () => {
      const log = await open()
      await log.append(baskets('a', 2))
      const member = await witness(log)
      await eventually(() => expect(member.seen.get(0)).toHaveLength(2))
      await log.close()
      await member.consumer.done
      expect(member.holding.size).toBe(0)
    })
  })
}
