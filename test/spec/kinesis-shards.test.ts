// Shards that are split and merged, members that stand still, records past their retention.
import {
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openKinesisLog } from '../../infra/kinesis/log.ts'
import type { EventLog } from '../../infra/ports.ts'
import type { SqlDatabase } from '../../infra/runtime/sql.ts'
import { basket, baskets, eventually, idsOf, inFeed, tick, witness } from '../contracts/event-log-helpers.ts'
import { type KinesisWorld, startKinesisWorld, TEST_REGION } from '../support/kinesis.ts'

const PARTITIONS = 3
const HOUR_MS = 3_600_000
const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name}-${i}`)

/** A database whose process may stand still: then no question is asked, until it goes on. */
function freezable(database: SqlDatabase): SqlDatabase & { freeze(): void; thaw(): void } {
  let thawed = Promise.resolve()
  let thaw = (): void => {}
  return {
    query: async (text, values) => {
      await thawed
      return database.query(text, values)
    },
    transaction: async work => {
      await thawed
      return database.transaction(work)
    },
    close: () => database.close(),
    freeze: () => {
      thawed = new Promise(resolve => {
        thaw = resolve
      })
    },
    thaw: () => thaw(),
  }
}

describe('a log on Kinesis', () => {
  let world: KinesisWorld
  let client: KinesisClient
  let logs: EventLog[] = []
  let prefix = ''
  let count = 0

  beforeAll(async () => {
    world = await startKinesisWorld()
    client = new KinesisClient({
      region: TEST_REGION,
      endpoint: world.endpoint,
      requestHandler: new NodeHttpHandler(),
    })
  }, 120_000)
  afterAll(async () => {
    client?.destroy()
    await world?.stop()
  })
  beforeEach(() => {
    prefix = `shards-${count++}.`
  })
  afterEach(async () => {
    await Promise.all(logs.map(log => log.close()))
    logs = []
  })

  const open = async (): Promise<EventLog> => {
    const log = await world.open({ prefix, partitions: PARTITIONS })
    logs.push(log)
    return log
  }
  /** On a database that can stand still. */
  const openFreezable = async () => {
    const database = freezable(await world.database())
    const { endpoint } = world
    const options = { region: TEST_REGION, endpoint, prefix, partitions: PARTITIONS }
    const log = await openKinesisLog(
      { ...options, sessionMs: 1_000, heartbeatEveryMs: 50, readEveryMs: 0 },
      database,
    )
    logs.push(log)
    return { log, database }
  }

  const openShards = async (): Promise<Shard[]> => {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: `${prefix}feed` }))
    return Shards.filter(
      ({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined,
    ).sort((a, b) => (start(a) < start(b) ? -1 : 1))
  }
  const start = ({ HashKeyRange }: Shard): bigint => BigInt(HashKeyRange?.StartingHashKey ?? 0)
  const end = ({ HashKeyRange }: Shard): bigint => BigInt(HashKeyRange?.EndingHashKey ?? 0)
  const settled = (shards: number): Promise<void> =>
    eventually(async () => expect(await openShards()).toHaveLength(shards))

  const split = async (place: number): Promise<void> => {
    const shards = await openShards()
    const shard = shards[place]!
    const NewStartingHashKey = ((start(shard) + end(shard)) / 2n).toString()
    const StreamName = `${prefix}feed`
    await client.send(new SplitShardCommand({ StreamName, ShardToSplit: shard.ShardId, NewStartingHashKey }))
    await settled(shards.length + 1)
  }
  const merge = async (place: number): Promise<void> => {
    const shards = await openShards()
    const [ShardToMerge, AdjacentShardToMerge] = [shards[place]!.ShardId, shards[place + 1]!.ShardId]
    const StreamName = `${prefix}feed`
    await client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }))
    await settled(shards.length - 1)
  }

  test('[L35] shards are split and merged while records are appended and read: all there, in order', async () => {
    const [writer, log] = [await open(), await open()]
    const member = await witness(log)
    const stop = new AbortController()
    let appended = 0
    const writing = (async () => {
      while (!stop.signal.aborted) {
        const i = appended++
        // Times rise with the number, three records of one time in each partition.
        const records = Array.from({ length: PARTITIONS }, (_, p) =>
          Array.from({ length: 3 }, (_, k) => inFeed(p, basket(`p${p}-${3 * i + k}`, i))),
        )
        await writer.append(records.flat())
      }
    })()
    const grown = async (): Promise<void> => {
      const before = appended
      await eventually(() => expect(appended).toBeGreaterThan(before + 2))
    }
    await grown()
    // All partitions end in one shard, then in shards that no partition began in.
    for (const change of [() => split(0), () => merge(1), () => merge(1), () => merge(0), () => split(0)]) {
      await change()
      await grown()
    }
    await split(1)
    await grown()
    stop.abort()
    await writing
    const own = Array.from({ length: PARTITIONS }, (_, p) => numbered(`p${p}`, 3 * appended))
    await eventually(() => {
      for (const [p, ids] of own.entries()) expect(member.seen.get(p)).toEqual(ids)
    })
    for (const [p, ids] of own.entries()) {
      for (const from of [0, 1, Math.floor(1.5 * appended), 3 * appended - 1]) {
        expect(idsOf((await log.read('feed', p, from, 10_000)).records)).toEqual(ids.slice(from))
      }
    }
    const found = await Promise.all(
      Array.from({ length: appended + 1 }, (_, timeMs) => log.offsetAtTime('feed', 1, timeMs)),
    )
    expect(found).toEqual(Array.from({ length: appended + 1 }, (_, i) => 3 * i))
  })

  test('[L13] the partitions of a process that is gone go to others, from its last commit', async () => {
    const { log: dying, database } = await openFreezable()
    await dying.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`a${p}`, 5, p)).flat())
    const first = await witness(dying)
    await eventually(async () =>
      expect((await dying.committed('group', 'feed')).map(p => p?.offset)).toEqual([5, 5, 5]),
    )
    const { log } = await openFreezable()
    const second = await witness(log)
    await eventually(() => expect([first.holding.size, second.holding.size]).toEqual([2, 1]))
    database.freeze()
    await log.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(`b${p}`, 5, p)).flat())
    await eventually(() => {
      for (let p = 0; p < PARTITIONS; p++) expect(second.seen.get(p)).toEqual(numbered(`b${p}`, 5))
    })
    database.thaw()
  })

  test('[L14] a process that stood still commits nothing for what it lost, and comes back as a new member', async () => {
    const { log: still, database } = await openFreezable()
    await still.append(baskets('a', 3))
    let entered = false
    let goOn = (): void => {}
    const held = new Promise<void>(resolve => {
      goOn = resolve
    })
    const first = await witness(still, {
      onBatch: () => {
        entered = true
        return held
      },
      commit: () => ({ offset: 1, watermarkMs: 1, finalAtMs: 1 }),
    })
    await eventually(() => expect(entered).toBe(true))
    database.freeze()
    const { log } = await openFreezable()
    const second = await witness(log)
    await eventually(async () => {
      expect(second.holding.size).toBe(PARTITIONS)
      expect((await log.committed('group', 'feed'))[0]?.offset).toBe(3)
    })
    goOn()
    database.thaw()
    await eventually(() => {
      expect(first.diary.filter(line => line.startsWith('revoked'))).toHaveLength(PARTITIONS)
      expect([...first.holding, ...second.holding].sort()).toEqual([0, 1, 2])
      expect(first.holding.size).toBeGreaterThan(0)
    })
    expect((await log.committed('group', 'feed'))[0]).toEqual({
      offset: 3,
      watermarkMs: null,
      finalAtMs: null,
    })
  })

  test('[L36] what is past its retention leaves the index; reading, seeking and members go on at the new start', async () => {
    const log = await open()
    const pane = (upToMs: number) => ({ topic: 'panes' as const, partition: 0, record: tick(upToMs) })
    await log.append([pane(1), pane(9), inFeed(0, tick(1))])
    const database = await world.database()
    await database.query(`UPDATE runs SET put_at = put_at - interval '71 hours'`)
    await log.append([pane(3), pane(4)])
    await log.enforceRetention(Date.now())
    expect((await log.bounds('panes'))[0]).toEqual({ start: 2, end: 4 })
    expect((await log.bounds('feed'))[0]).toEqual({ start: 0, end: 1 })
    expect(await log.read('panes', 0, 0, 10)).toMatchObject({
      firstOffset: 2,
      records: [tick(3), tick(4)],
    })
    expect(await log.read('panes', 0, 0, 1)).toMatchObject({ firstOffset: 2, records: [tick(3)] })
    const asked = [0, 2, 4, 5].map(timeMs => log.offsetAtTime('panes', 0, timeMs))
    expect(await Promise.all(asked)).toEqual([2, 2, 3, 4])
    await log.enforceRetention(Date.now() + 72 * HOUR_MS)
    expect((await log.bounds('panes'))[0]).toEqual({ start: 4, end: 4 })
    expect(await log.read('panes', 0, 0, 10)).toMatchObject({ records: [], endOffset: 4 })
    await log.append([pane(5)])
    expect(await log.read('panes', 0, 0, 10)).toMatchObject({ firstOffset: 4, records: [tick(5)] })
    await database.close()
  })
})
