// A member of a group on Kinesis whose database is away at the worst moment.
import { expect, test } from 'vitest'
import { startConsumer } from '../../infra/kinesis/consumer.ts'
import type { Cursor } from '../../infra/kinesis/cursor.ts'
import type { Group, Share } from '../../infra/kinesis/group.ts'
import { OutageError } from '../../infra/ports.ts'
import { eventually } from '../contracts/event-log-helpers.ts'

test('[L38] a partition that could not be released at once is released when the database is back', async () => {
  let owner: number | null = 1
  let isDue = true
  let failuresLeft = 1
  const share = (): Share => ({
    isMember: true,
    due: owner === 1 && isDue ? [0] : [],
    toRelease: owner === 1 && !isDue ? [0] : [],
  })
  const group: Group = {
    join: async () => 1,
    leave: async () => {},
    beat: async () => share(),
    release: async () => {
      if (failuresLeft-- > 0) throw new OutageError('away', 'the database is away')
      owner = null
    },
    commit: async () => true,
  }
  const diary: string[] = []
  const empty = { topic: 'feed', partition: 0, firstOffset: 0, records: [], endOffset: 0 } as const
  const consumer = await startConsumer({
    options: {
      group: 'group',
      topic: 'feed',
      onAssigned: async () => {
        diary.push('assigned')
        const revoked = async () => void diary.push('revoked')
        return { task: { handle: async () => null, revoked }, from: 0 }
      },
    },
    group,
    sessionMs: 60_000,
    heartbeatEveryMs: 1,
    committed: async () => null,
    open: () => ({ next: 0, read: async () => empty }) as unknown as Cursor<'feed'>,
    untilBeyond: (_partition, _offset, signal) =>
      new Promise(resolve => signal.addEventListener('abort', () => resolve())),
    onTrouble: () => {},
  })
  await eventually(() => expect(diary).toEqual(['assigned']))
  isDue = false
  await eventually(() => expect(owner).toBeNull())
  expect(diary).toEqual(['assigned', 'revoked'])
  await consumer.close()
  await consumer.done
})
