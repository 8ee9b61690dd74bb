// An idempotent producer: numbers what it writes, so that a request that is sent again doubles nothing.
import type { OutageError } from '../ports.ts'
import { encodeBatch, type OutRecord } from './record-batch.ts'
import { type ProducedBatch, produceTo } from './requests.ts'
import { attempt, troubleOf } from './trouble.ts'
import type { WireCluster } from './wire.ts'

export interface OutBatch {
  /** As Kafka names it. */
  readonly topic: string
  readonly partition: number
  readonly records: readonly OutRecord[]
}

export interface Producer {
  /**
   * Resolves when all batches (one for each partition) are in all in-sync replicas. Never more than one call
   * at a time. After a rejection some may be there.
   */
  send(batches: readonly OutBatch[]): Promise<void>
}

/** Rides over the move of a leader or a quick restart (six seconds); what lasts longer is an outage. */
const TRIES = 8
/** The protocol asks for the time-out of transactions, of which we have none. */
const UNUSED_MS = 60_000
const INT32_SPAN = 2 ** 31

/** Who we are to the brokers, and how much we have written, by partition. */
interface Session {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly next: Map<string, number>
}

export function createProducer(cluster: WireCluster, brokers: readonly string[]): Producer {
  let session: Session | null = null
  return {
    send: async batches => {
      try {
        session ??= await tried(cluster, brokers, () => openSession(cluster))
        const numbered = await number(session, batches)
        await deliver(cluster, brokers, numbered)
      } catch (error) {
        // What it numbered may be there or not. Other records under the same numbers would be taken for
        // repeats, and dropped in silence: never go on with it.
        session = null
        throw troubleOf(error, brokers)
      }
    },
  }
}

async function openSession(cluster: WireCluster): Promise<Session> {
  const broker = await cluster.findControllerBroker()
  const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout: UNUSED_MS })
  return { producerId: BigInt(producerId), producerEpoch, next: new Map() }
}

/** Encodes each batch under its own number. */
function number(session: Session, batches: readonly OutBatch[]): Promise<ProducedBatch[]> {
  const { producerId, producerEpoch, next } = session
  return Promise.all(
    batches.map(async ({ topic, partition, records }) => {
      const place = `${topic}/${partition}`
      const first = next.get(place) ?? 0
      next.set(place, (first + records.length) % INT32_SPAN)
      return { topic, partition, batch: await encodeBatch(records, { producerId, producerEpoch, first }) }
    }),
  )
}

/** Sends what is not acknowledged again, under the same numbers, to whoever leads it then. */
async function deliver(
  cluster: WireCluster,
  brokers: readonly string[],
  batches: readonly ProducedBatch[],
): Promise<void> {
  let pending = batches
  await tried(cluster, brokers, async () => {
    const sent = await Promise.allSettled(
      [...byLeader(cluster, pending)].map(async ([nodeId, own]) =>
        produceTo(await cluster.findBroker({ nodeId }), own),
      ),
    )
    let failure: unknown = null
    const there = new Set<string>()
    for (const one of sent) {
      if (one.status === 'rejected') failure ??= one.reason
      else
        for (const { topic, partition, error } of one.value) {
          if (error === null) there.add(`${topic}/${partition}`)
          else failure ??= error
        }
    }
    pending = pending.filter(({ topic, partition }) => !there.has(`${topic}/${partition}`))
    if (pending.length > 0) throw failure ?? new Error('Kafka did not answer for all partitions')
  })
}

function byLeader(
  cluster: WireCluster,
  batches: readonly ProducedBatch[],
): ReadonlyMap<string, ProducedBatch[]> {
  const found = new Map<string, ProducedBatch[]>()
  for (const one of batches) {
    const [leader = 'unknown'] = Object.keys(cluster.findLeaderForPartitions(one.topic, [one.partition]))
    const own = found.get(leader)
    if (own === undefined) found.set(leader, [one])
    else own.push(one)
  }
  return found
}

function tried<R>(cluster: WireCluster, brokers: readonly string[], work: () => Promise<R>): Promise<R> {
  return attempt(brokers, work, () => cluster.refreshMetadata(), { tries: TRIES, isFinal })
}

/** The numbers are not believed any more: only a new session helps. */
function isFinal({ code }: OutageError): boolean {
  return ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'].includes(code)
}
