// The event log on a Kinesis emulator and a real PostgreSQL keeps the contract.
import { afterAll, beforeAll, describe } from 'vitest'
import { type KinesisWorld, startKinesisWorld } from '../support/kinesis.ts'
import { describeEventLogContract } from './event-log.ts'

describe('on AWS Kinesis', () => {
  let world: KinesisWorld
  let harnesses = 0
  beforeAll(async () => {
    world = await startKinesisWorld()
  }, 120_000)
  afterAll(() => world?.stop())

  describeEventLogContract(
    'Kinesis',
    async ({ partitions }) => {
      const prefix = `test-${harnesses++}.`
      return { open: () => world.open({ prefix, partitions }), remove: async () => {} }
    },
    { propertyRuns: 5 },
  )
})
