// The contract of consumer groups where a task meets an outage. The fake stops there, as the port allows it.
import { describe, expect, test } from 'vitest'
import { OutageError } from '../../infra/ports.ts'
import { baskets, eventually, type MakeHarness, witness } from './event-log-helpers.ts'

export function describeOutages(makeHarness: MakeHarness): void {
  describe('outages of a task', () => {
    test('[L47] a task that meets an outage is taken up again from its commit; others go on', async () => {
      const harness = await makeHarness({ partitions: 2 })
      const log = await harness.open()
      let outagesLeft = 2
      const member = await witness(log, {
        onBatch: async batch => {
          if (batch.partition === 0 && outagesLeft-- > 0) throw new OutageError('away', 'the store is away')
        },
      })
      await log.append([...baskets('a', 3, 0), ...baskets('b', 3, 1)])
      await eventually(() => {
        expect(member.seen.get(0)).toEqual(['a-0', 'a-1', 'a-2'])
        expect(member.seen.get(1)).toEqual(['b-0', 'b-1', 'b-2'])
      })
      const again = ['revoked 0', 'assigned 0']
      expect(member.diary.filter(line => line.endsWith(' 0'))).toEqual(['assigned 0', ...again, ...again])
      expect(member.diary.filter(line => line.endsWith(' 1'))).toEqual(['assigned 1'])
      await log.close()
      await harness.remove()
    })
  })
}
