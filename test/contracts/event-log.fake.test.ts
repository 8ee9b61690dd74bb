// The in-memory event log keeps the contract that stages are tested against.
import { createFakeEventLog } from '../fakes/event-log.ts'
import { describeEventLogContract } from './event-log.ts'

describeEventLogContract('in memory', async ({ partitions }) => {
  const storage = createFakeEventLog({ partitions })
  return { open: async () => storage.open(), remove: async () => {} }
})
