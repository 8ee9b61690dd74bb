// The embedded event log keeps the contract.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { describeEventLogContract } from './event-log.ts'
import type { MakeHarness } from './event-log-helpers.ts'
import { describeOutages } from './event-log-outages.ts'

const makeHarness: MakeHarness = async ({ partitions }) => {
  const dir = mkdtempSync(join(tmpdir(), 'bct-log-'))
  return {
    open: () => openLmdbLog({ dir, partitions }),
    remove: async () => rmSync(dir, { recursive: true, force: true }),
  }
}

describeEventLogContract('LMDB', makeHarness)
describeOutages(makeHarness)
