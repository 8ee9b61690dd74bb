// Opens the log that the configuration names.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaLogin } from '../kafka/connection.ts'
import type { KafkaLogOptions } from '../kafka/log.ts'
import type { KinesisLogOptions } from '../kinesis/log.ts'
import { readPartitionCounts } from '../lmdb/format.ts'
import { openLmdbLog } from '../lmdb/log.ts'
import type { EventLog } from '../ports.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { makeDataFolder } from './data-folder.ts'
import { type DatabaseServer, openDatabaseServer } from './database-server.ts'
import { CommandError, EXIT } from './errors.ts'

/** Where a log is and how to get there: plain data, for another process. */
export type LogPlace =
  | { readonly kind: 'embedded'; readonly dir: string; readonly partitions: number }
  | { readonly kind: 'kafka'; readonly options: Omit<KafkaLogOptions, 'onOutage'> }
  | KinesisPlace

interface KinesisPlace {
  readonly kind: 'kinesis'
  readonly options: Omit<KinesisLogOptions, 'onOutage'>
  /** Where its index is. */
  readonly index: { readonly connection: DatabaseServer['connection']; readonly schema: string }
}

export type OnOutage = NonNullable<KafkaLogOptions['onOutage']>

/**
 * The log of a mode: each has its own, so that simulated sales never enter a live one. The index of a log on
 * Kinesis is on `server`.
 */
export function logPlace(config: Config, mode: Mode, server: DatabaseServer | null = null): LogPlace {
  if (server !== null) return kinesisPlace(config, mode, server)
  const { partitions, kafkaReplicationFactor: replicationFactor } = config
  if (config.log === 'embedded') {
    return { kind: 'embedded', dir: join(modeDir(config, mode), 'log'), partitions }
  }
  const { kafkaTopicPrefix } = config
  const prefix = mode === 'live' ? kafkaTopicPrefix : `${kafkaTopicPrefix}${mode}.`
  const connection = {
    brokers: config.kafkaBrokers,
    clientId: 'bandcamp-tracker',
    tls: config.kafkaTls === 'off' ? null : { ca: readCa(config.kafkaCa) },
    login: loginOf(config),
  }
  return { kind: 'kafka', options: { connection, prefix, partitions, replicationFactor } }
}

function kinesisPlace(config: Config, mode: Mode, { connection }: DatabaseServer): KinesisPlace {
  const { partitions, kinesisStreamPrefix, kinesisEndpoint: endpoint, dbSchema } = config
  const prefix = mode === 'live' ? kinesisStreamPrefix : `${kinesisStreamPrefix}${mode}.`
  const options = { region: config.kinesisRegion ?? '', endpoint, prefix, partitions }
  return { kind: 'kinesis', options, index: { connection, schema: `${dbSchema}_kinesis` } }
}

/** The server that the log needs before it can be opened; null where it needs none. */
export async function serverForLog(config: Config, mode: Mode): Promise<DatabaseServer | null> {
  return config.log === 'kinesis' ? openDatabaseServer(config, mode) : null
}

async function openKinesis(
  { options, index }: KinesisPlace,
  more: Pick<KinesisLogOptions, 'onOutage' | 'mustExist' | 'asItIs'>,
): Promise<EventLog> {
  // Only for those who use it: it takes its time to load.
  const [{ openKinesisLog }, { KINESIS_MIGRATIONS }, { openSqlDatabase }] = await Promise.all([
    import('../kinesis/log.ts'),
    import('../kinesis/tables.ts'),
    import('../postgres/sql-database.ts'),
  ])
  const database = await openSqlDatabase({ ...index, migrations: KINESIS_MIGRATIONS })
  return openKinesisLog({ ...options, ...more }, database)
}

/** For tools: a server that was started for the log goes with it; one that was running already goes on. */
async function withServer(
  config: Config,
  mode: Mode,
  open: (server: DatabaseServer | null) => Promise<EventLog>,
): Promise<EventLog> {
  const server = await serverForLog(config, mode)
  const stop = async (): Promise<void> => server?.leave()
  try {
    const log = await open(server)
    return { ...log, close: () => log.close().then(stop) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Opens it, or makes it where it is not there. `onOutage` hears while it does not answer. */
export function openLog(place: LogPlace, onOutage: OnOutage = () => {}): Promise<EventLog> {
  return place.kind === 'embedded' ? openLmdbLog({ ...place, onOutage }) : openShared(place, { onOutage })
}

type SharedPlace = Exclude<LogPlace, { readonly kind: 'embedded' }>

async function openShared(
  place: SharedPlace,
  more: Pick<KafkaLogOptions, 'onOutage' | 'mustExist' | 'asItIs'>,
): Promise<EventLog> {
  if (place.kind === 'kinesis') return openKinesis(place, more)
  // Only for those who use it: it takes its time to load.
  const { openKafkaLog } = await import('../kafka/log.ts')
  return openKafkaLog({ ...place.options, ...more })
}

/** For tools that write: the log as it was made, else a new one. */
export function openLogAsItIs(config: Config, mode: Mode): Promise<EventLog> {
  return withServer(config, mode, async server => {
    const place = logPlace(config, mode, server)
    if (place.kind !== 'embedded') return openShared(place, { asItIs: true })
    makeDataFolder(config)
    return openLmdbLog({ dir: place.dir, partitions: readPartitionCounts(place.dir) ?? place.partitions })
  })
}

/** For tools: never made by looking at it. */
export function openExistingLog(config: Config, mode: Mode): Promise<EventLog> {
  return withServer(config, mode, async server => {
    const place = logPlace(config, mode, server)
    if (place.kind !== 'embedded') return openShared(place, { mustExist: true, asItIs: true })
    const partitions = readPartitionCounts(place.dir)
    if (partitions === null) {
      const fix = `is it another --data-dir or --mode? bct start --mode ${mode} makes one`
      throw new CommandError(EXIT.notFound, `there is no log in ${place.dir}`, fix)
    }
    return openLmdbLog({ dir: place.dir, partitions })
  })
}

function loginOf(config: Config): KafkaLogin | null {
  const { kafkaSasl: mechanism, kafkaUsername, kafkaPassword, kafkaAwsRegion } = config
  if (mechanism === 'none') return null
  if (mechanism === 'aws-msk-iam') return { mechanism, region: kafkaAwsRegion ?? '' }
  return { mechanism, username: kafkaUsername ?? '', password: kafkaPassword ?? '' }
}

function readCa(file: string | null): string | null {
  if (file === null) return null
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(
      EXIT.precondition,
      `--kafka-ca cannot be read: ${why}`,
      'name a file that can be',
      {
        cause: error,
      },
    )
  }
}
