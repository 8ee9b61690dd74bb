// Another process on the same event log, told what to do by its first argument: for the tests that kill and
// stop it.
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import type { EventLog } from '../../infra/ports.ts'
import { after, basket, baskets, idsOf, inFeed } from './event-log-helpers.ts'

const [, , role = '', dir = ''] = process.argv
/** As every test that starts this process opens the log. */
export const PARTITIONS = 3
export const BATCH_RECORDS = 40

const tell = (message: unknown): void => {
  process.send?.(message)
}

/**
 * Appends batch after batch over all partitions, counting on from what is there; tells each acknowledged one.
 */
async function write(log: EventLog): Promise<never> {
  let batch = Math.ceil(((await log.bounds('feed'))[0]?.end ?? 0) / BATCH_RECORDS)
  for (;;) {
    const name = `batch-${batch}`
    await log.append(Array.from({ length: PARTITIONS }, (_, p) => baskets(name, BATCH_RECORDS, p)).flat())
    tell({ acknowledged: batch })
    batch += 1
  }
}

/** Appends one record whenever told to, with the time of its appending. */
function writeOnDemand(log: EventLog): void {
  process.on('message', () => void log.append([inFeed(0, basket('now', Date.now()))]))
  tell({ ready: true })
}

/** Follows partition 0 to the end offset given, then tells the ids it has read. */
async function follow(log: EventLog, end: number): Promise<void> {
  const ids: string[] = []
  tell({ ready: true })
  while (ids.length < end) {
    await log.waitForAppend('feed', [ids.length, end, end], new AbortController().signal)
    ids.push(...idsOf((await log.read('feed', 0, ids.length, 300)).records))
  }
  tell({ ids })
}

/** A member of the group; with `hold`, each handle waits for a message. */
async function consume(log: EventLog, hold: boolean): Promise<void> {
  const waiting: (() => void)[] = []
  process.on('message', () => {
    for (const go of waiting.splice(0)) go()
  })
  await log.consume({
    group: 'group',
    topic: 'feed',
    onAssigned: async (partition, committed) => {
      tell({ assigned: partition })
      return {
        from: committed?.offset ?? 0,
        task: {
          handle: async batch => {
            tell({ handling: partition, ids: idsOf(batch.records) })
            if (hold) await new Promise<void>(resolve => waiting.push(resolve))
            return { ...after(batch), watermarkMs: 1 }
          },
          revoked: async () => tell({ revoked: partition }),
        },
      }
    },
  })
  tell({ joined: true })
}

async function main(): Promise<void> {
  const log = await openLmdbLog({ dir, partitions: PARTITIONS })
  if (role === 'write') await write(log)
  else if (role === 'write-on-demand') writeOnDemand(log)
  else if (role === 'follow') await follow(log, Number(process.argv[4]))
  else if (role === 'consume' || role === 'consume-and-hold') await consume(log, role === 'consume-and-hold')
}

if (process.send !== undefined && role !== '' && dir !== '') await main()
