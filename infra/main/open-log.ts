// Opens the log that the configuration names.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaLogin } from '../kafka/connection.ts'
import type { KafkaLogOptions } from '../kafka/log.ts'
import { readPartitionCounts } from '../lmdb/format.ts'
import { openLmdbLog } from '../lmdb/log.ts'
import type { EventLog } from '../ports.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { CommandError, EXIT } from './errors.ts'

/** Where a log is and how to get there: plain data, for another process. */
export type LogPlace =
  | { readonly kind: 'embedded'; readonly dir: string; readonly partitions: number }
  | { readonly kind: 'kafka'; readonly options: Omit<KafkaLogOptions, 'onOutage'> }

export type OnOutage = NonNullable<KafkaLogOptions['onOutage']>

/** The log of a mode: each has its own, so that simulated sales never enter a live one. */
export function logPlace(config: Config, mode: Mode): LogPlace {
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

/** Opens it, or makes it where it is not there. `onOutage` hears while it does not answer. */
export async function openLog(place: LogPlace, onOutage: OnOutage = () => {}): Promise<EventLog> {
  if (place.kind === 'embedded') return openLmdbLog(place)
  // Only for those who use it: it takes its time to load.
  const { openKafkaLog } = await import('../kafka/log.ts')
  return openKafkaLog({ ...place.options, onOutage })
}

/** For tools that write: the log as it was made, else a new one. */
export async function openLogAsItIs(config: Config, mode: Mode): Promise<EventLog> {
  const place = logPlace(config, mode)
  if (place.kind !== 'embedded') return openLog(place)
  return openLmdbLog({ dir: place.dir, partitions: readPartitionCounts(place.dir) ?? place.partitions })
}

/** For tools: never made by looking at it. */
export async function openExistingLog(config: Config, mode: Mode): Promise<EventLog> {
  const place = logPlace(config, mode)
  if (place.kind === 'kafka') {
    const { openKafkaLog } = await import('../kafka/log.ts')
    return openKafkaLog({ ...place.options, mustExist: true })
  }
  const partitions = readPartitionCounts(place.dir)
  if (partitions === null) {
    const fix = `is it another --data-dir or --mode? bct start --mode ${mode} makes one`
    throw new CommandError(EXIT.notFound, `there is no log in ${place.dir}`, fix)
  }
  return openLmdbLog({ dir: place.dir, partitions })
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
