// What a data folder says of itself: the format and the partition counts it was created with.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PartitionCounts, partitionCounts, TOPIC_NAMES, type TopicName } from '../../schemas/topics.ts'
import { SetupError } from '../ports.ts'
import { createOnce } from '../runtime/create-once.ts'

const FORMAT = 'bandcamp-tracker event log'
const FORMAT_VERSION = 1
const FORMAT_FILE = 'format.json'
const OTHER_FOLDER = 'choose another folder with --data-dir'

/** Far above what one machine can use; a guard against a slip of the hand. */
const MAX_PARTITIONS = 1_024

/** As `partitionCounts`, each within what one machine can use. */
export function checkedCounts(wanted: number | Partial<Record<TopicName, number>>): PartitionCounts {
  const counts = partitionCounts(wanted)
  for (const [topic, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1 || count > MAX_PARTITIONS) {
      throw new RangeError(`partitions of "${topic}" must be 1 to ${MAX_PARTITIONS}, not ${count}`)
    }
  }
  return counts
}

/** What an event log was made with; null where there is none in the folder. */
export function readPartitionCounts(dir: string): PartitionCounts | null {
  const file = join(dir, FORMAT_FILE)
  if (!existsSync(file)) return null
  return checkedCounts(parseFormat(dir, readFileSync(file, 'utf8')).partitions as PartitionCounts)
}

/**
 * Marks a new folder, or checks that an old one fits. Throws, with both values and the way out, when the
 * folder has another format, was made by a newer version, or with other partition counts.
 */
export function claimFolder(dir: string, wanted: PartitionCounts): void {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, FORMAT_FILE)
  if (!existsSync(file)) {
    if (existsSync(join(dir, 'data.mdb'))) {
      throw new SetupError(
        `${dir} holds an LMDB database that is not an event log (no ${FORMAT_FILE})`,
        OTHER_FOLDER,
      )
    }
    const made = { format: FORMAT, version: FORMAT_VERSION, partitions: wanted }
    createOnce(file, `${JSON.stringify(made, null, 2)}\n`)
  }
  checkFormat(dir, parseFormat(dir, readFileSync(file, 'utf8')), wanted)
}

interface Format {
  readonly version: unknown
  readonly partitions: Readonly<Record<string, unknown>>
}

function parseFormat(dir: string, text: string): Format {
  try {
    const value = JSON.parse(text) as { format?: unknown; version?: unknown; partitions?: unknown }
    if (value.format === FORMAT && typeof value.partitions === 'object' && value.partitions !== null) {
      return { version: value.version, partitions: value.partitions as Record<string, unknown> }
    }
  } catch {
    // said below, in words that help
  }
  throw new SetupError(
    `${join(dir, FORMAT_FILE)} is not that of an event log`,
    `restore the file, or ${OTHER_FOLDER}`,
  )
}

function checkFormat(dir: string, found: Format, wanted: PartitionCounts): void {
  if (found.version !== FORMAT_VERSION) {
    throw new SetupError(
      `the event log in ${dir} has format version ${String(found.version)}, this program writes ${FORMAT_VERSION}`,
      `use the program version that made it, or ${OTHER_FOLDER}`,
    )
  }
  for (const topic of TOPIC_NAMES) {
    const count = found.partitions[topic] ?? wanted[topic]
    if (count === wanted[topic]) continue
    throw new SetupError(
      `the event log in ${dir} was created with ${String(count)} ${count === 1 ? 'partition' : 'partitions'} of "${topic}", but ${wanted[topic]} are ` +
        'configured',
      `set --partitions back to ${String(count)}, or begin a new folder with bct log export and bct log import`,
    )
  }
}
