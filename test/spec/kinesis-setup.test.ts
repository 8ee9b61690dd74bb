// A Kinesis that is not as it must be is refused in a sentence, and nothing is made.
import {
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  KinesisClient,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KinesisLogOptions } from '../../infra/kinesis/log.ts'
import { SetupError } from '../../infra/ports.ts'
import { baskets, eventually } from '../contracts/event-log-helpers.ts'
import { type KinesisWorld, startKinesisWorld, TEST_REGION } from '../support/kinesis.ts'
import { type KinesisProxy, startKinesisProxy } from '../support/kinesis-proxy.ts'

describe('the start on a Kinesis', () => {
  let world: KinesisWorld
  let proxy: KinesisProxy
  let client: KinesisClient
  let prefix = ''
  let count = 0

  beforeAll(async () => {
    world = await startKinesisWorld()
    proxy = await startKinesisProxy(world.endpoint)
    client = new KinesisClient({
      region: TEST_REGION,
      endpoint: world.endpoint,
      requestHandler: new NodeHttpHandler(),
    })
  }, 120_000)
  afterAll(async () => {
    client?.destroy()
    await proxy?.stop()
    await world?.stop()
  })
  beforeEach(() => {
    prefix = `setup-${count++}.`
    proxy.asked.length = 0
  })
  afterEach(() => {
    delete proxy.faults.answer
    vi.unstubAllEnvs()
  })

  const open = (options: Partial<KinesisLogOptions> = {}) =>
    world.open({ prefix, partitions: 2, endpoint: proxy.endpoint, ...options })

  /** The sentence and the next step; fails where it takes long or something was made. */
  const refusal = async (options: Partial<KinesisLogOptions> = {}): Promise<string> => {
    const startedAtMs = performance.now()
    const error = await open(options).then(
      async log => {
        await log.close()
        return null
      },
      (error: unknown) => error,
    )
    expect(error).toBeInstanceOf(SetupError)
    expect(performance.now() - startedAtMs).toBeLessThan(30_000)
    const { message, fix } = error as SetupError
    return `${message} → ${fix}`
  }
  const known = async (): Promise<unknown> => {
    const database = await world.database()
    const { rows } = await database.query(`SELECT name, partitions FROM streams WHERE name LIKE $1`, [
      `${prefix}%`,
    ])
    await database.close()
    return rows
  }

  test.each([
    ['AccessDeniedException', /does not allow this user.*→ allow it kinesis:CreateStream/],
    ['UnrecognizedClientException', /refused the AWS credentials.*→ check with `aws sts/],
    ['ExpiredTokenException', /refused the AWS credentials.*expired/],
    ['InternalFailure', /cannot be reached \(InternalFailure\).*→ check --kinesis-endpoint/],
  ])('[L37] %s is told with the next step, and nothing is made', async (type, sentence) => {
    proxy.faults.answer = () => ({ status: type === 'InternalFailure' ? 500 : 400, type, message: 'no' })
    expect(await refusal()).toMatch(sentence)
    expect(proxy.asked).not.toContain('CreateStream')
    expect(await known()).toEqual([])
  })

  test('[L37] the right to make streams alone is missing: told, and the index knows none', async () => {
    proxy.faults.answer = action =>
      action === 'CreateStream' ? { status: 400, type: 'AccessDeniedException', message: 'no' } : null
    expect(await refusal()).toMatch(/does not allow this user to do it: no → allow it/)
    // Not one for each topic: what was tried beside it might have come into being.
    expect(proxy.asked.filter(action => action === 'CreateStream')).toHaveLength(1)
    expect(await known()).toEqual([])
  })

  test('[L37] an endpoint where nobody answers is named', async () => {
    expect(await refusal({ endpoint: 'http://127.0.0.1:9' })).toMatch(
      /Kinesis in http:\/\/127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\).*→ check --kinesis-endpoint/,
    )
    expect(await refusal({ endpoint: 'http://kinesis.invalid' })).toMatch(/cannot be reached/)
  })

  test('[L37] no credentials anywhere: how to give some', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined)
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    expect(await refusal()).toMatch(/there are no AWS credentials.*→ give a role, a profile/)
  })

  test('[L37] another number of partitions, a shorter retention, tools before a start', async () => {
    expect(await refusal({ mustExist: true })).toMatch(/there is no stream setup-\d+\.feed.*bct start makes/)
    expect(proxy.asked).not.toContain('CreateStream')
    const log = await open()
    await log.append(baskets('a', 1))
    await log.close()
    expect(await refusal({ partitions: 3 })).toMatch(
      /setup-\d+\.feed has 2 partitions, but 3 are configured.*→ set --partitions 2/,
    )
    const StreamName = `${prefix}sales`
    await client.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    expect(await refusal()).toMatch(
      /sales keeps records for 48 h; it must be 8760 → aws kinesis increase-stream-retention-period/,
    )
  })

  test('[L37] a stream that was deleted, and one that was made again, are not taken for the old one', async () => {
    const log = await open()
    await log.append(baskets('a', 1))
    await log.close()
    const StreamName = `${prefix}feed`
    await client.send(new DeleteStreamCommand({ StreamName }))
    await eventually(async () => expect(await refusal()).toMatch(/feed is gone from Kinesis.*→ check/))
    // Times of creation are whole seconds.
    await vi.waitFor(
      async () => {
        await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 })).catch(() => {})
        expect(await refusal()).toMatch(/feed is another one than the index in PostgreSQL knows/)
        await client.send(new DeleteStreamCommand({ StreamName }))
      },
      { timeout: 30_000, interval: 300 },
    )
  })
})
