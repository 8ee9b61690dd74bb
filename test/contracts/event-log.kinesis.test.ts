// The event log on a Kinesis emulator and a real PostgreSQL keeps the contract.
import { afterAll, beforeAll, describe } from 'vitest'
import { type KinesisWorld, startKinesisWorld } from '../support/kinesis.ts'
import { describeEventLogContract } from './event-log.ts'
import type { MakeHarness } from './event-log-helpers.ts'
import { describeOutages } from './event-log-outages.ts'

describe('on AWS Kinesis', () => {
  let world: KinesisWorld
  let harnesses = 0
  beforeAll(async () => {
    world = await startKinesisWorld()
  }, 120_000)
  afterAll(() => world?.stop())

  const makeHarness: MakeHarness = async ({ partitions }) => {
    const prefix = `test-${harnesses++}.`
    return { open: () => world.open({ prefix, partitions }), remove: async () => {} }
  }
  describeEventLogContract('Kinesis', makeHarness, { propertyRuns: 5 })
  describeOutages(makeHarness)
})
