// What Kinesis refuses, loses or reorders, and what writers leave behind that die: the log stays a log.
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openKinesisLog } from '../../infra/kinesis/log.ts'
import { hashKeyOf } from '../../infra/kinesis/piece.ts'
import { type EventLog, OutageError } from '../../infra/ports.ts'
import { basket, baskets, eventually, idsOf, inFeed, witness } from '../contracts/event-log-helpers.ts'
import { type KinesisWorld, startKinesisWorld, TEST_REGION } from '../support/kinesis.ts'
import { type KinesisProxy, startKinesisProxy } from '../support/kinesis-proxy.ts'

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name}-${i}`)

describe('a log on a Kinesis that fails', () => {
  let world: KinesisWorld
  let proxy: KinesisProxy
  let log: EventLog
  let prefix = ''
  let outages: string[] = []
  let count = 0

  beforeAll(async () => {
    world = await startKinesisWorld()
  }, 120_000)
  afterAll(() => world?.stop())
  beforeEach(async () => {
    prefix = `fault-${count++}.`
    outages = []
    proxy = await startKinesisProxy(world.endpoint)
    const onOutage = ({ code }: { readonly code: string }): void => void outages.push(code)
    log = await world.open({ prefix, partitions: 2, endpoint: proxy.endpoint, onOutage })
  })
  afterEach(async () => {
    delete proxy.faults.answer
    await log.close()
    await proxy.stop()
  })

  const all = async (partition = 0, from = 0): Promise<string[]> =>
    idsOf((await log.read('feed', partition, from, 10_000)).records)

  test('[L31] of requests that are refused in part, every record is there once, in order', async () => {
    let puts = 0
    // Others each time, also first and last ones.
    proxy.faults.refused = records => {
      const round = puts++
      return records.flatMap((_, i) => ((i * 7 + round * 5) % 11 === 0 ? [i] : []))
    }
    const names = ['a', 'b', 'c']
    await Promise.all(names.map(name => log.append([...baskets(name, 30, 0), ...baskets(`${name}'`, 20, 1)])))
    expect(puts).toBeGreaterThan(3)
    expect(await all(0)).toEqual(names.flatMap(name => numbered(name, 30)))
    expect(await all(1)).toEqual(names.flatMap(name => numbered(`${name}'`, 20)))
    expect((await log.bounds('feed')).map(({ end }) => end)).toEqual([90, 60])
    // From the middle, too, where records lie that came in too early.
    for (const from of [1, 17, 42, 89]) {
      expect(await all(0, from)).toEqual(names.flatMap(name => numbered(name, 30)).slice(from))
    }
  })

  test('[L31] records that Kinesis takes in another order than asked are read in ours', async () => {
    let puts = 0
    proxy.faults.order = records => {
      const places = records.map((_, i) => i)
      return puts++ === 0 ? places.reverse() : places
    }
    await log.append(baskets('a', 9))
    expect(puts).toBeGreaterThan(1)
    expect(await all()).toEqual(numbered('a', 9))
  })

  test('[L31] a large record whose pieces are refused one by one comes back whole', async () => {
    let puts = 0
    proxy.faults.refused = records => (puts++ % 2 === 0 ? [records.length - 1] : [])
    const large = basket('large', 0, 'x'.repeat(2_500_000))
    await log.append([inFeed(0, basket('a')), inFeed(0, large), inFeed(0, basket('b'))])
    const { records } = await log.read('feed', 0, 0, 10)
    expect(records).toEqual([basket('a'), large, basket('b')])
  })

  test('[L31] an answer that is lost doubles nothing', async () => {
    let lost = 0
    proxy.faults.isAnswerLost = action => action === 'PutRecords' && lost++ < 2
    await log.append(baskets('a', 20))
    await log.append(baskets('b', 20))
    expect(lost).toBeGreaterThan(2)
    expect(await all()).toEqual([...numbered('a', 20), ...numbered('b', 20)])
  })

  test('[L32] a stream that is throttled for a while is waited for, readers too', async () => {
    let throttled = 12
    proxy.faults.answer = action =>
      /PutRecords|GetRecords|GetShardIterator/.test(action) && throttled-- > 0
        ? { status: 400, type: 'ProvisionedThroughputExceededException', message: 'Rate exceeded' }
        : null
    await log.append(baskets('a', 3))
    expect(throttled).toBeLessThan(12)
    throttled = 4
    expect(await all()).toEqual(numbered('a', 3))
  })

  test('[L32] what lasts is an outage, told meanwhile; afterwards appends and members go on', async () => {
    await log.append(baskets('a', 2))
    const member = await witness(log)
    await eventually(() => expect(member.seen.get(0)).toEqual(numbered('a', 2)))
    proxy.faults.answer = () => ({ status: 500, type: 'InternalFailure' })
    await expect(log.append(baskets('b', 2))).rejects.toThrow(OutageError)
    expect(outages).toContain('InternalFailure')
    expect((await log.bounds('feed'))[0]?.end).toBe(2)
    delete proxy.faults.answer
    await log.append(baskets('c', 2))
    await eventually(() => expect(member.seen.get(0)).toEqual([...numbered('a', 2), ...numbered('c', 2)]))
  })

  test('[L33] what a writer put before it died is never read, whatever stands at its offsets', async () => {
    await log.append(baskets('a', 2))
    // It dies between Kinesis and the index: its locks go with its connection, its records stay.
    const dying = await world.database()
    const broken = await openKinesisLog(
      { region: TEST_REGION, endpoint: world.endpoint, prefix, partitions: 2 },
      {
        ...dying,
        transaction: work =>
          dying.transaction(async sql => {
            await work(sql)
            throw new OutageError('killed', 'before the commit')
          }),
      },
    )
    await expect(broken.append(baskets('lost', 5))).rejects.toThrow('before the commit')
    await broken.close()
    await log.append(baskets('b', 3))
    const expected = [...numbered('a', 2), ...numbered('b', 3)]
    expect(await all()).toEqual(expected)
    expect(await all(0, 3)).toEqual(expected.slice(3))
  })

  test('[L33] a writer that stood still and lost its partitions adds nothing when it goes on', async () => {
    const client = new KinesisClient({
      region: TEST_REGION,
      endpoint: world.endpoint,
      requestHandler: new NodeHttpHandler(),
    })
    await log.append(baskets('a', 2))
    // Its records under an attempt that was never committed, now; others put them before and after.
    await client.send(
      new PutRecordsCommand({
        StreamName: `${prefix}feed`,
        Records: ['0/2/00ff/0/1', '0/3/00ff/0/1', 'somebody else'].map(PartitionKey => ({
          Data: Buffer.from(JSON.stringify(basket('ghost'))),
          PartitionKey,
          ExplicitHashKey: hashKeyOf(0, 2),
        })),
      }),
    )
    client.destroy()
    await log.append(baskets('b', 2))
    expect(await all()).toEqual([...numbered('a', 2), ...numbered('b', 2)])
  })

  test('a record that is larger than a request takes is refused, and nothing is appended', async () => {
    const huge = basket('huge', 0, 'x'.repeat(5_000_000))
    await expect(log.append([...baskets('a', 1), inFeed(0, huge)])).rejects.toThrow(/larger than/)
    expect((await log.bounds('feed'))[0]?.end).toBe(0)
  })
})
