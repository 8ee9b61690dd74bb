// The event log on a real Apache Kafka broker keeps the contract.
import { afterAll, beforeAll, describe } from 'vitest'
import { openKafkaLog } from '../../infra/kafka/log.ts'
import { type KafkaBroker, startKafkaBroker } from '../support/kafka-broker.ts'
import { missingForKafka } from '../support/kafka-jars.ts'
import { describeEventLogContract } from './event-log.ts'
import type { MakeHarness } from './event-log-helpers.ts'
import { describeOutages } from './event-log-outages.ts'

const missing = missingForKafka()
if (missing !== null) console.warn(`the Kafka suites are left out: ${missing}`)

describe.skipIf(missing !== null)('on Apache Kafka', () => {
  let broker: KafkaBroker
  let harnesses = 0
  beforeAll(async () => {
    broker = await startKafkaBroker()
  }, 300_000)
  afterAll(() => broker?.remove())

  const makeHarness: MakeHarness = async ({ partitions }) => {
    const prefix = `test-${process.pid}-${harnesses++}.`
    return {
      open: () =>
        openKafkaLog({
          connection: { brokers: broker.brokers, clientId: 'test', tls: null, login: null },
          prefix,
          partitions,
          replicationFactor: 1,
          sessionMs: 6_000,
          heartbeatEveryMs: 50,
        }),
      remove: async () => {},
    }
  }
  describeEventLogContract('Kafka', makeHarness, { propertyRuns: 10 })
  describeOutages(makeHarness)
})
