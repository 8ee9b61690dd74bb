// The configuration: one strict schema, where each value comes from, and what it says when it refuses.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Config,
  ConfigError,
  type ConfigProblem,
  type ConfigSources,
  loadConfig,
  storeSchema,
} from '../../infra/main/config.ts'
import { envExample } from '../../infra/main/config-example.ts'
import { CONFIG_KEYS, type ConfigKey, docOf, flagOf, variableOf } from '../../infra/main/config-schema.ts'
import { nearest } from '../../infra/main/nearest.ts'
import { bct, inTempDir } from '../fakes/io.ts'

const NOWHERE = { env: {}, cwd: '/nowhere' }
const FLAG_KEYS = CONFIG_KEYS.filter(key => docOf(key).secret !== true)

function problemsOf(sources: ConfigSources): readonly ConfigProblem[] {
  try {
    loadConfig({ ...NOWHERE, ...sources })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('where values come from', () => {
  test('the defaults hold together, and every key has one', () => {
    const { config, origins } = loadConfig(NOWHERE)
    expect(config).toMatchObject({ mode: 'auto', port: 8080, pollEveryMs: 32_000, databaseUrl: null })
    expect(config.dataDir).toBe(path.resolve('/nowhere/.bct'))
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
    expect(Object.keys(config).sort()).toEqual([...CONFIG_KEYS].sort())
  })

  test('[C6] a flag comes before the environment, that before .env, that before the default', () =>
    inTempDir(cwd => {
      writeFileSync(path.join(cwd, '.env'), 'BCT_PORT=9002\nBCT_HOST=0.0.0.0\nBCT_PARTITIONS=4\nOTHER=1\n')
      const env = { BCT_PORT: '9001', BCT_HOST: '127.0.0.2', PATH: '/bin' }
      const { config, origins } = loadConfig({ cwd, env, flags: { port: '9000' } })
      expect([config.port, config.host, config.partitions, config.retentionDays]).toEqual([
        9000,
        '127.0.0.2',
        4,
        90,
      ])
      expect([origins.port, origins.host, origins.partitions, origins.retentionDays]).toEqual([
        'flag',
        'env',
        '.env',
        'default',
      ])
    }))

  test('an empty variable counts as not set', () => {
    const { config, origins } = loadConfig({ ...NOWHERE, env: { BCT_PORT: '' } })
    expect([config.port, origins.port]).toEqual([8080, 'default'])
  })

  test('a secret may come from a file, and only one of the two ways may be used', () =>
    inTempDir(cwd => {
      const file = path.join(cwd, 'url')
      writeFileSync(file, 'postgres://me:pw@db/bct\n')
      const env = { BCT_DATABASE_URL_FILE: file }
      expect(loadConfig({ cwd, env }).config.databaseUrl).toBe('postgres://me:pw@db/bct')
      expect(problemsOf({ cwd, env: { ...env, BCT_DATABASE_URL: 'postgres://x/y' } })[0]?.message).toMatch(
        'is set, and BCT_DATABASE_URL_FILE too',
      )
      expect(problemsOf({ cwd, env: { BCT_DATABASE_URL_FILE: path.join(cwd, 'no') } })[0]).toMatchObject({
        name: 'BCT_DATABASE_URL_FILE',
        message: expect.stringContaining('cannot be read'),
      })
    }))
})

describe('what it refuses', () => {
  test('[C7] an unknown variable is refused, in the environment as in .env, with the nearest known one', () =>
    inTempDir(cwd => {
      writeFileSync(path.join(cwd, '.env'), 'BCT_XYZZY=1\n')
      const problems = problemsOf({ cwd, env: { BCT_PROT: '1', BCT_PORT_FILE: 'x' } })
      expect(problems.map(p => [p.name, p.origin, p.fix])).toEqual([
        ['BCT_PROT', 'env', 'did you mean BCT_PORT?'],
        ['BCT_PORT_FILE', 'env', expect.any(String)],
        ['BCT_XYZZY', '.env', 'see .env.example for what there is; unset this one'],
      ])
    }))

  test('[C8] a refusal names the key as it was written, where it stood, the value, and what to do', () => {
    const problems = problemsOf({
      env: { BCT_PORT: '70000' },
      flags: { mode: 'simulatd', pollEveryMs: '1h' },
    })
    expect(problems.map(p => `${p.name} (${p.origin}): ${p.message} → ${p.fix}`)).toEqual([
      '--mode (flag): "simulatd" is not one of auto|live|simulated|recorded → did you mean simulated?',
      expect.stringContaining('--poll-every-ms (flag): "1h" is not a whole number of milliseconds from 100'),
      expect.stringMatching(/^BCT_PORT \(env\): "70000" is too large.*65535.*the default, 8080$/),
    ])
  })

  /** One bad text for each key; a key without any would be one that takes everything. */
  const BAD: Record<ConfigKey, readonly string[]> = {
    mode: ['Live', 'replayed', ''],
    feedBaseUrl: [
      'bandcamp.com',
      'ftp://bandcamp.com',
      'https://u:p@bandcamp.com',
      'https://bandcamp.com?x=1',
    ],
    userAgent: ['', 'a\r\nX-Evil: 1', 'ü'],
    contact: ['a\nb'],
    pollEveryMs: ['', '-1', '1.5', '0x10', '99', ' 32000', '1e5', 'NaN'],
    feedOverlapMs: ['300001'],
    reachTimeoutMs: ['0'],
    pageSpacingMs: ['-5'],
    enrichWaitMs: ['abc'],
    dataDir: [''],
    databaseUrl: ['mysql://x/y', 'db'],
    dbSchema: ['', 'Bct', 'a"b', 'x;drop'],
    timescale: ['yes', ''],
    partitions: ['0', '65'],
    retentionDays: ['0'],
    log: ['Kafka', 'lmdb', ''],
    kafkaBrokers: ['', 'kafka', 'http://kafka:9092', 'a:9092 b:9092'],
    kafkaTopicPrefix: ['', 'a b', 'a/b', 'x'.repeat(101)],
    kafkaReplicationFactor: ['0', '11'],
    kafkaTls: ['true', ''],
    kafkaCa: ['a\nb'],
    kafkaSasl: ['SCRAM', 'kerberos'],
    kafkaUsername: ['a\0b'],
    kafkaPassword: ['a\nb'],
    kafkaAwsRegion: ['Frankfurt', 'eu_central_1'],
    kinesisRegion: ['Frankfurt', 'eu_central_1'],
    kinesisEndpoint: ['localhost:4568', 'https://u:p@x', 'https://x/?a'],
    kinesisStreamPrefix: ['', 'a b', 'x'.repeat(81)],
    allowedLatenessMs: ['86400001'],
    host: [''],
    port: ['-1', '65536', '80a'],
    opsPort: ['-1', '65536'],
    allowedOrigins: ['example.org', 'https://example.org/', 'https://example.org/path', '*'],
    trustProxy: ['yes', '10', '0.0.0.0/0', '10.0.0.0/33', '10.0.0.0/8/8', 'proxy.example', 'fe80::1%eth0'],
    logLevel: ['trace', 'INFO'],
    publicUrl: ['example.org', 'https://u:p@x', 'ftp://x'],
    signUp: ['yes', ''],
    smtpTimeoutMs: ['999', '120001', '2m'],
    smtpUrl: ['host:25', 'http://host', 'smtp://a b'],
    mailFrom: ['', 'nobody', 'A <a@b>\r\nBcc: c@d', 'A "<a@b>'],
    dkimDomain: ['a b', 'https://example.org', '.org'],
    dkimSelector: ['a b', '-x'],
    dkimKey: ['secret', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    operatorEmail: ['nobody', 'a@b, c@d', 'a@b\n'],
    webhookUrl: ['example.org', 'file:///etc/passwd'],
    webhookSecret: ['secret', 'whsec_short'],
    reportZone: ['Mars/Olympus', ''],
    reportAt: ['9:00', '24:00', ''],
    reportPaper: ['a4', ''],
    reportArchive: ['s3://', 's3://B/x', 'a\nb'],
    s3Endpoint: ['localhost:9000'],
    s3Region: ['EU west'],
    chromiumPath: ['a\nb'],
    simulatorSeed: ['-1', '2147483648'],
    simulatorSpeed: ['0', '3601', '1,5'],
    simulatorVolume: ['0', '101', 'x'],
    simulatorHistoryDays: ['91'],
    recording: ['a\nb'],
    recordingSales: ['a\0b'],
    recordedSpeed: ['0', '3601'],
  }

  test.each(CONFIG_KEYS.flatMap(key => BAD[key].map(text => [key, text] as const)))(
    'key %s refuses %j',
    (key, text) => {
      const source = docOf(key).secret ? { env: { [variableOf(key)]: text } } : { flags: { [key]: text } }
      expect(problemsOf(source).map(p => p.name)).toContain(docOf(key).secret ? variableOf(key) : flagOf(key))
    },
  )

  test('every key has words of its own', () => {
    expect(new Set(CONFIG_KEYS.map(docOf)).size).toBe(CONFIG_KEYS.length)
  })

  test('a problem with a secret never shows it', () => {
    const [problem] = problemsOf({ env: { BCT_DATABASE_URL: 'hunter2' } })
    expect(JSON.stringify(problem)).not.toContain('hunter2')
  })
})

describe('rules between keys', () => {
  test('[C29] Kafka’s password goes as it is to this machine alone', () => {
    const names = (flags: Record<string, string>) => problemsOf({ flags }).map(problem => problem.name)
    const plain = { log: 'kafka', kafkaSasl: 'plain', kafkaUsername: 'u', kafkaPassword: 'p' }
    expect(names({ ...plain, kafkaBrokers: 'localhost:9092, [::1]:9093' })).toEqual([])
    for (const kafkaBrokers of ['kafka-1:9092', 'localhost:9092, 10.0.0.7:9092', 'localhost.example:9092']) {
      expect(names({ ...plain, kafkaBrokers })).toEqual(['BCT_KAFKA_TLS'])
      expect(names({ ...plain, kafkaBrokers, kafkaTls: 'on' })).toEqual([])
    }
    expect(names({ ...plain, kafkaBrokers: 'kafka-1:9092', kafkaSasl: 'scram-sha-512' })).toEqual([])
  })

  test('Kafka with a login asks for what the login needs, and for nothing while the log is embedded', () => {
    const names = (flags: Record<string, string>) => problemsOf({ flags }).map(problem => problem.name)
    expect(names({ log: 'kafka', kafkaSasl: 'plain' })).toEqual(['BCT_KAFKA_USERNAME', 'BCT_KAFKA_PASSWORD'])
    expect(names({ log: 'kafka', kafkaSasl: 'aws-msk-iam' })).toEqual([
      'BCT_KAFKA_TLS',
      'BCT_KAFKA_AWS_REGION',
    ])
    expect(names({ log: 'kafka', kafkaCa: 'ca.pem' })).toEqual(['--kafka-ca'])
    expect(() => loadConfig({ flags: { kafkaSasl: 'plain' }, env: {}, cwd: '/nonexistent' })).not.toThrow()
  })

  test('[C8] a log on Kinesis needs a region', () => {
    expect(problemsOf({ flags: { log: 'kinesis' } }).map(p => [p.name, p.message])).toEqual([
      ['BCT_KINESIS_REGION', 'is needed for log kinesis'],
    ])
    const there = { log: 'kinesis', kinesisRegion: 'eu-central-1' }
    expect(problemsOf({ flags: { ...there, kinesisEndpoint: 'http://localhost:4568' } })).toEqual([])
  })

  test('[C9] a live mode is polite, and never reads a feed that could be a simulator', () => {
    const impolite = { pollEveryMs: '1000', pageSpacingMs: '0' }
    for (const mode of ['live', 'auto']) {
      expect(problemsOf({ flags: { mode, ...impolite } }).map(p => p.name)).toEqual([
        '--poll-every-ms',
        '--page-spacing-ms',
      ])
      for (const feedBaseUrl of ['http://example.org', 'https://127.0.0.1:9', 'http://localhost:9']) {
        expect(problemsOf({ flags: { mode, feedBaseUrl } }).map(p => p.name)).toEqual(['--feed-base-url'])
      }
    }
    const flags = { mode: 'simulated', feedBaseUrl: 'http://localhost:9', ...impolite }
    expect(problemsOf({ flags })).toEqual([])
  })

  test('a sale waits no longer for its genre than windows wait for it', () => {
    const flags = { enrichWaitMs: '20000', allowedLatenessMs: '19999' }
    expect(problemsOf({ flags }).map(p => p.name)).toEqual(['--enrich-wait-ms'])
  })

  test('a history longer than what is kept is refused', () => {
    const flags = { simulatorHistoryDays: '8', retentionDays: '7' }
    expect(problemsOf({ flags }).map(p => p.name)).toEqual(['--simulator-history-days'])
  })
})

describe('bct config', () => {
  test('check exits 0 when all is well and 2 with every problem at once', async () => {
    expect(await bct(['config', 'check'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'the configuration holds\n',
    })
    const bad = await bct(['config', 'check', '--port', 'x'], { env: { BCT_PARTITIONS: '0' } })
    expect([bad.exitCode, bad.stdout]).toEqual([2, ''])
    expect(bad.stderr).toContain('--port (flag)')
    expect(bad.stderr).toContain('BCT_PARTITIONS (env)')
  })

  test('[C10] print shows every key and its origin, and no secret', async () => {
    const env = { BCT_DATABASE_URL: 'postgres://me:hunter2@db:5432/bct', BCT_PORT: '9001' }
    const { exitCode, stdout } = await bct(['config', 'print', '--origin', '--host', '::1'], { env })
    expect(exitCode).toBe(0)
    expect(stdout).toContain('env      BCT_PORT=9001\n')
    expect(stdout).toContain('flag     BCT_HOST=::1\n')
    expect(stdout).toContain('env      BCT_DATABASE_URL=postgres://***@db:5432/bct\n')
    expect(stdout).not.toContain('hunter2')
    expect(stdout.trimEnd().split('\n').length).toBe(CONFIG_KEYS.length)
    const json = JSON.parse((await bct(['config', 'print', '--json', '--origin'], { env })).stdout)
    expect(json.port).toEqual({ value: 9001, origin: 'env' })
    expect(JSON.stringify(json)).not.toContain('hunter2')
  })

  test('every key but the secrets has a flag', async () => {
    const { stdout } = await bct(['config', '--help'])
    for (const key of FLAG_KEYS) expect(stdout).toContain(`${flagOf(key)} <`)
    expect(stdout).not.toContain('--database-url')
  })
})

test('[C11] .env.example is what the schema says; `npm run -s bct -- config example` writes it', () => {
  const file = path.join(import.meta.dirname, '../../.env.example')
  expect(readFileSync(file, 'utf8')).toBe(envExample())
})

test('the example, with every line in force, is the defaults', () =>
  inTempDir(cwd => {
    writeFileSync(path.join(cwd, '.env'), envExample().replaceAll('# BCT_', 'BCT_'))
    const { config, origins } = loadConfig({ cwd, env: {} })
    expect(config).toEqual({ ...loadConfig(NOWHERE).config, dataDir: path.join(cwd, '.bct') })
    const filledIn = CONFIG_KEYS.filter(key => docOf(key).default !== '')
    expect(CONFIG_KEYS.filter(key => origins[key] === '.env')).toEqual(filledIn)
  }))

test('a suggestion is the nearest word, and none where nothing is near', () => {
  expect(nearest('statsu', ['start', 'status', 'topology'])).toBe('status')
  expect(nearest('strat', ['status', 'start'])).toBe('start')
  expect(nearest('frobnicate', ['start', 'status'])).toBeNull()
})

test('[C25] in a database of the operator, modes keep their tables in schemas of their own', () => {
  const own = loadConfig({ ...NOWHERE, env: { BCT_DATABASE_URL: 'postgres://db/bct' } }).config
  const embedded = loadConfig(NOWHERE).config
  const schemas = (config: Config) =>
    (['live', 'simulated', 'recorded'] as const).map(m => storeSchema(config, m))
  expect(schemas(own)).toEqual(['bct', 'bct_simulated', 'bct_recorded'])
  expect(schemas(embedded)).toEqual(['bct', 'bct', 'bct'])
})
