// A running log on Kafka: brokers that go and come back, members held for dead, strangers' records.
import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openKafkaLog } from '../../infra/kafka/log.ts'
import { type EventLog, OutageError } from '../../infra/ports.ts'
import { basket, baskets, eventually, idsOf, inFeed, tick, witness } from '../contracts/event-log-helpers.ts'
import { lettersIn } from '../support/dead-letters.ts'
import { type KafkaBroker, startKafkaBroker } from '../support/kafka-broker.ts'
import { missingForKafka } from '../support/kafka-jars.ts'

const missing = missingForKafka()

const FETCH = 1
const HEARTBEAT = 12

/** Counts what is asked of brokers, by the protocol's number of the request. */
function countRequests() {
  type Asked = { readonly request: { readonly apiKey: number } }
  const pool = createRequire(import.meta.url)('kafkajs/src/network/connectionPool.js') as {
    readonly prototype: { send(asked: Asked): Promise<unknown> }
  }
  const send = vi.spyOn(pool.prototype, 'send')
  return {
    of: (apiKey: number) => send.mock.calls.filter(([{ request }]) => request.apiKey === apiKey).length,
    restore: () => send.mockRestore(),
  }
}

describe.skipIf(missing !== null)('a running log on Kafka', () => {
  let broker: KafkaBroker
  let logs: EventLog[] = []
  let runs = 0
  beforeAll(async () => {
    broker = await startKafkaBroker({ more: () => [] })
  }, 300_000)
  afterEach(async () => {
    await Promise.all(logs.map(log => log.close()))
    logs = []
  })
  afterAll(() => broker?.remove())

  const outages: string[] = []
  const newPrefix = (): string => `run-${runs++}.`
  async function open(prefix: string, times: { sessionMs?: number; heartbeatEveryMs?: number } = {}) {
    const log = await openKafkaLog({
      connection: { brokers: broker.brokers, clientId: 'test', tls: null, login: null },
      prefix,
      partitions: 2,
      replicationFactor: 1,
      sessionMs: 6_000,
      heartbeatEveryMs: 50,
      onOutage: ({ code }) => outages.push(code),
      ...times,
    })
    logs.push(log)
    return log
  }

  /** As the poller does: again until it is there. */
  async function insist(log: EventLog, name: string): Promise<void> {
    await vi.waitFor(() => log.append(baskets(name, 20, 0)), { timeout: 60_000, interval: 50 })
  }

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    '[L46] a broker that goes by %s and comes back stops nobody, and loses nothing acknowledged',
    async signal => {
      const log = await open(newPrefix())
      const member = await witness(log)
      await log.append(baskets('before', 20, 0))
      await eventually(() => expect(member.seen.get(0)).toHaveLength(20))
      outages.length = 0
      await broker.stop(signal)
      const refused = await log.append(baskets('lost', 1, 1)).then(
        () => null,
        (error: unknown) => error,
      )
      expect(refused).toBeInstanceOf(OutageError)
      const adding = insist(log, 'after')
      await eventually(() => expect(outages.length).toBeGreaterThan(0))
      await broker.start()
      await adding
      await vi.waitFor(
        () => {
          const seen = [...new Set(member.seen.get(0))]
          for (const name of ['before', 'after'])
            expect(seen.filter(id => id.startsWith(name))).toHaveLength(20)
        },
        { timeout: 60_000, interval: 20 },
      )
      await member.consumer.close()
      await member.consumer.done
      expect((await log.committed('group', 'feed'))[0]?.offset).toBe((await log.bounds('feed'))[0]?.end)
    },
    150_000,
  )

  test('[L48] a member that was held for dead commits nothing, and comes back as a new one', async () => {
    const prefix = newPrefix()
    const [slow, quick] = [
      await open(prefix, { sessionMs: 1_000, heartbeatEveryMs: 4_000 }),
      await open(prefix),
    ]
    await slow.append(baskets('a', 3, 0))
    let letGo = (): void => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    let isHeld = false
    const first = await witness(slow, {
      onBatch: () => {
        isHeld = true
        return held
      },
    })
    await eventually(() => expect(isHeld).toBe(true))
    const second = await witness(quick, { commit: () => null })
    await eventually(() => expect(second.seen.get(0)).toEqual(['a-0', 'a-1', 'a-2']))
    letGo()
    await eventually(() => expect(first.seen.get(0)).toEqual(['a-0', 'a-1', 'a-2']))
    // It hears that it is no member any more at its next heartbeat, and joins as another.
    await eventually(() => expect(first.diary).toContain('revoked 0'))
    await eventually(() => expect(first.diary.filter(line => line.startsWith('assigned')).length).toBe(3))
    expect(await quick.committed('group', 'feed')).toEqual([null, null])
  })

  test('[L41] marks of a stranger’s transactions are passed over, at the end of a topic too', async () => {
    const prefix = newPrefix()
    const log = await open(prefix)
    const kafka = new kafkajs.Kafka({ brokers: [...broker.brokers], logLevel: kafkajs.logLevel.NOTHING })
    const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
    const stranger = kafka.producer({ createPartitioner, transactionalId: prefix, idempotent: true })
    await stranger.connect()
    const transaction = await stranger.transaction()
    const messages = [{ partition: 0, value: JSON.stringify(basket('a-0', 0)), timestamp: '0' }]
    await transaction.send({ topic: `${prefix}feed`, messages })
    await transaction.commit()
    await stranger.disconnect()
    await eventually(async () =>
      expect(await log.read('feed', 0, 1, 10)).toMatchObject({ records: [], endOffset: 2 }),
    )
    const requests = countRequests()
    try {
      const member = await witness(log)
      await eventually(() => expect(member.seen.get(0)).toEqual(['a-0']))
      // Twenty heartbeats are a second; a fetch waits for a quarter of one where nothing is new.
      const before = requests.of(FETCH)
      const beats = requests.of(HEARTBEAT)
      await eventually(() => expect(requests.of(HEARTBEAT)).toBeGreaterThan(beats + 20))
      expect(requests.of(FETCH) - before).toBeLessThan(20)
      await log.append(baskets('b', 2, 0))
      await eventually(() => expect(member.seen.get(0)).toEqual(['a-0', 'b-0', 'b-1']))
    } finally {
      requests.restore()
    }
  })

  test('[L41] what a stranger wrote and is no record goes to dead letters; the line goes on', async () => {
    const prefix = newPrefix()
    const log = await open(prefix)
    await log.append([inFeed(0, tick(1))])
    const kafka = new kafkajs.Kafka({ brokers: [...broker.brokers], logLevel: kafkajs.logLevel.NOTHING })
    const stranger = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await stranger.connect()
    const value = JSON.stringify(tick(2))
    const messages = ['{"kind":"bask', '{"kind":"refund"}', value].map(text => ({
      value: text,
      partition: 0,
    }))
    await stranger.send({ topic: `${prefix}feed`, messages: [...messages, { value: null, partition: 0 }] })
    await stranger.disconnect()
    await log.append([inFeed(0, tick(3))])
    const member = await witness(log)
    await eventually(() => expect(member.seen.get(0)).toEqual(['tick', 'tick', 'tick']))
    await eventually(async () => {
      const { records } = await log.read('dead-letters', 0, 0, 10)
      expect(lettersIn(records).map(({ id, reason, bytes }) => [id, reason, bytes])).toEqual([
        ['log:feed/0/1', 'malformed-json', '{"kind":"bask'],
        ['log:feed/0/2', 'unknown-kind', '{"kind":"refund"}'],
        ['log:feed/0/4', 'malformed-json', ''],
      ])
    })
    const batch = await log.read('feed', 0, 1, 10)
    expect([batch.firstOffset, idsOf(batch.records), batch.endOffset]).toEqual([3, ['tick'], 6])
  })
})
