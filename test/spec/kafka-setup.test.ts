// A Kafka that is not as it must be: one clear sentence each, exit code 5, and nothing half made.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KafkaConnection } from '../../infra/kafka/connection.ts'
import { openKafkaLog } from '../../infra/kafka/log.ts'
import { endingOf } from '../../infra/main/errors.ts'
import { SetupError } from '../../infra/ports.ts'
import { type KafkaBroker, startKafkaBroker } from '../support/kafka-broker.ts'
import { missingForKafka } from '../support/kafka-jars.ts'

const PASSWORD = 'correct horse'
const START_LIMIT_MS = 10_000

/** Logins on one listener, TLS on another; anonymous ones on the first are administrators, others nobody. */
function secure(folder: string): readonly string[] {
  const keystore = join(folder, 'keys.p12')
  const subject = ['-dname', 'CN=localhost', '-ext', 'SAN=ip:127.0.0.1,dns:localhost']
  const key = ['-alias', 'broker', '-keyalg', 'EC', '-storetype', 'PKCS12', '-storepass', 'changeit']
  execFileSync('keytool', ['-genkeypair', ...key, ...subject, '-keystore', keystore], { stdio: 'ignore' })
  const list = ['-exportcert', '-rfc', '-alias', 'broker', '-storepass', 'changeit', '-keystore', keystore]
  writeFileSync(
    join(folder, 'ca.pem'),
    execFileSync('keytool', list, { stdio: ['ignore', 'pipe', 'ignore'] }),
  )
  const login = 'org.apache.kafka.common.security'
  return [
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `listener.name.sasl_plaintext.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required user_plain="${PASSWORD}" user_nobody="${PASSWORD}";`,
    `listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
    `listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
    `ssl.keystore.location=${keystore}`,
    'ssl.keystore.password=changeit',
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS;User:plain;User:scram',
  ]
}

const missing = missingForKafka()

describe.skipIf(missing !== null)('a Kafka with logins, TLS and rights', () => {
  let broker: KafkaBroker
  let folder = ''
  let ports: readonly number[] = []
  beforeAll(async () => {
    broker = await startKafkaBroker({
      listeners: ['SASL_PLAINTEXT', 'SSL'],
      format: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => [
        '--add-scram',
        `${mechanism}=[name=scram,password=${PASSWORD}]`,
      ]),
      more: (own, given) => {
        folder = own
        ports = given
        return secure(own)
      },
    })
  }, 300_000)
  afterAll(() => broker?.remove())

  const connection = (more: Partial<KafkaConnection> = {}): KafkaConnection => ({
    brokers: broker.brokers,
    clientId: 'test',
    tls: null,
    login: null,
    ...more,
  })
  const at = (listener: number): readonly string[] => [`127.0.0.1:${ports[listener]}`]
  const open = (prefix: string, own: KafkaConnection, partitions = 1, replicationFactor = 1) =>
    openKafkaLog({ connection: own, prefix, partitions, replicationFactor })

  async function admin<R>(work: (admin: kafkajs.Admin) => Promise<R>): Promise<R> {
    const kafka = new kafkajs.Kafka({ brokers: [...broker.brokers], logLevel: kafkajs.logLevel.NOTHING })
    const own = kafka.admin()
    await own.connect()
    try {
      return await work(own)
    } finally {
      await own.disconnect()
    }
  }
  const topicsOf = async (prefix: string): Promise<readonly string[]> =>
    (await admin(one => one.listTopics())).filter(name => name.startsWith(prefix))

  /** What `bct start` would print; rejects where it opens. */
  async function refusal(opening: Promise<unknown>): Promise<string> {
    const startedMs = performance.now()
    const error = await opening.then(
      () => new Error('it opened'),
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(SetupError)
    expect(performance.now() - startedMs).toBeLessThan(START_LIMIT_MS)
    const { exitCode, message, fix, bug } = endingOf(error)
    expect([exitCode, bug]).toEqual([5, false])
    return `${message} → ${fix}`
  }

  test.each([
    ['plain', 'plain'],
    ['scram-sha-256', 'scram'],
    ['scram-sha-512', 'scram'],
  ] as const)('[L45] a login by %s works', async (mechanism, username) => {
    const login = { mechanism, username, password: PASSWORD }
    const log = await open(`${mechanism}.`, connection({ brokers: at(1), login }))
    await log.append([{ topic: 'feed', partition: 0, record: { kind: 'tick', upToMs: 1 } }])
    expect((await log.bounds('feed'))[0]).toEqual({ start: 0, end: 1 })
    await log.close()
  })

  test('[L45] TLS works with the authority that signed, and is refused without', async () => {
    const tls = { ca: readFileSync(join(folder, 'ca.pem'), 'utf8') }
    const log = await open('tls.', connection({ brokers: at(2), tls }))
    await log.close()
    const refused = await refusal(open('tls2.', connection({ brokers: at(2), tls: { ca: null } })))
    expect(refused).toMatch(/certificate .* is not trusted.*→ name the file of its authority with --kafka-ca/)
    expect(await topicsOf('tls2.')).toEqual([])
  })

  test.each(['plain', 'scram-sha-512'] as const)('[L45] a wrong password for %s is told', async mechanism => {
    const login = { mechanism, username: 'scram', password: 'wrong' }
    const said = await refusal(open('wrong.', connection({ brokers: at(1), login })))
    expect(said).toMatch(/refused the login → check BCT_KAFKA_USERNAME, BCT_KAFKA_PASSWORD/)
    expect(said).not.toContain('wrong.')
  })

  test('[L45] a user without rights is told which are missing, and no topic is made', async () => {
    const login = { mechanism: 'plain', username: 'nobody', password: PASSWORD } as const
    const said = await refusal(open('rights.', connection({ brokers: at(1), login })))
    expect(said).toMatch(/does not allow.*→ grant it /)
    expect(await topicsOf('rights.')).toEqual([])
  })

  test('[L45] a broker that is not there, or speaks something else, is told within ten seconds', async () => {
    expect(await refusal(open('x.', connection({ brokers: ['127.0.0.1:1'] })))).toMatch(
      /no Kafka broker answers at 127\.0\.0\.1:1 .*→ check --kafka-brokers/,
    )
    expect(await refusal(open('x.', connection({ brokers: at(2) })))).toMatch(/no Kafka broker answers/)
  })

  test('[L45] topics with other partitions or settings are refused with the fix, and left as they are', async () => {
    const log = await open('parts.', connection(), 3)
    await log.close()
    expect(await refusal(open('parts.', connection(), 4))).toBe(
      'topic parts.feed has 3 partitions, but 4 are configured: keys would move → ' +
        'set --partitions 3, or start with another --kafka-topic-prefix and replay into it',
    )
    const make = (name: string, value: string) =>
      admin(one =>
        one.createTopics({
          topics: [{ topic: 'compact.sales', numPartitions: 1, configEntries: [{ name, value }] }],
          waitForLeaders: false,
        }),
      )
    await make('cleanup.policy', 'compact')
    expect(await refusal(open('compact.', connection()))).toMatch(
      /topic compact\.sales has cleanup\.policy=compact; it must be delete → kafka-configs\.sh --bootstrap-server/,
    )
    expect(await topicsOf('compact.')).toEqual(['compact.sales'])
  })

  test('[L45] more copies than brokers are refused, and no topic is made', async () => {
    expect(await refusal(open('copies.', connection(), 1, 3))).toMatch(/cannot keep 3 copies/)
    expect(await topicsOf('copies.')).toEqual([])
  })

  test('a log that must exist is never made by looking at it', async () => {
    const own = connection()
    const looking = openKafkaLog({
      connection: own,
      prefix: 'none.',
      partitions: 1,
      replicationFactor: 1,
      mustExist: true,
    })
    expect(await refusal(looking)).toMatch(/has no topic none\.feed/)
    expect(await topicsOf('none.')).toEqual([])
  })
})
