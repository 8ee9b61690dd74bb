// Checks of where data comes from and is kept: the feed, the log, the database.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readAnswer } from '../../../producers/core/feed-json.ts'
import { MINUTE_MS, SECOND_MS } from '../../../schemas/time.ts'
import { createBandcampFeed } from '../../bandcamp/feed.ts'
import { lookAtDatabase } from '../../postgres/look.ts'
import { modeDir, storeSchema, userAgentHeader } from '../config.ts'
import { openDatabaseServer } from '../database-server.ts'
import { openExistingLog } from '../open-log.ts'
import { lastTickMs } from '../silence-watch.ts'
import { span } from '../status-text.ts'
import { type Check, failed, ok, skipped, warning } from './check.ts'

/** The poller believes no feed whose clock is further ahead. */
const MAX_SKEW_MS = 10 * MINUTE_MS
const NOTED_SKEW_MS = MINUTE_MS

const feed: Check = {
  name: 'feed',
  async look({ config, mode, version, clock }) {
    if (mode !== 'live') return skipped(`the feed is ${mode}`)
    const userAgent = userAgentHeader(config, version)
    const asked = createBandcampFeed({ baseUrl: config.feedBaseUrl, userAgent, clock })
    const answer = await asked.get(null)
    if (answer.kind === 'outage') {
      const fix =
        'check the network, DNS and proxies of this machine; 403, 429 and challenged pass by themselves'
      const says = `${config.feedBaseUrl} does not answer: ${answer.code}`
      return config.mode === 'auto' ? warning(`${says}; a start simulates`, fix) : failed(says, fix)
    }
    const read = readAnswer(answer.text)
    if (read.kind === 'bad') {
      const fix = 'the feed has another form than this version knows: look for a newer one'
      return failed(`${config.feedBaseUrl} answers, but not as expected: ${read.message}`, fix)
    }
    const skewMs = Math.abs(read.serverTimeMs - clock.nowMs())
    const says = `answers, its clock is ${Math.round(skewMs / SECOND_MS)} s from ours`
    if (skewMs > MAX_SKEW_MS)
      return failed(says, 'set the clock of this machine (NTP): nothing is read meanwhile')
    if (skewMs > NOTED_SKEW_MS) return warning(says, 'set the clock of this machine (NTP)')
    if (config.contact === '')
      return warning(says, 'set BCT_CONTACT to an address of yours: it is sent along')
    return ok(says)
  },
}

const log: Check = {
  name: 'log',
  async look({ config, mode, clock }) {
    const opened = await openExistingLog(config, mode)
    try {
      const bounds = await opened.bounds('feed')
      const records = bounds.reduce((sum, { start, end }) => sum + end - start, 0)
      const tickMs = await lastTickMs(opened)
      const held = `${config.log}, ${bounds.length} partitions, ${records.toLocaleString('en')} records of the feed`
      return ok(tickMs === null ? held : `${held}, read up to ${span(clock.nowMs() - tickMs)} ago`)
    } finally {
      await opened.close()
    }
  },
}

const database: Check = {
  name: 'database',
  async look({ config, mode }) {
    if (config.databaseUrl === null && !existsSync(join(modeDir(config, mode), 'postgres'))) {
      return skipped('the embedded one is made at the first start')
    }
    const server = await openDatabaseServer(config, mode)
    try {
      const look = await lookAtDatabase(server.connection, storeSchema(config, mode))
      const { timescale, applied, known, mayCreate } = look
      const extension = timescale === null ? '' : `, TimescaleDB ${timescale}`
      const says = `PostgreSQL ${look.server}${extension}, ${applied ?? 'no'} of ${known} migrations`
      if (applied === null && !mayCreate) {
        return failed(says, 'let the user of databaseUrl own the database: ALTER DATABASE name OWNER TO user')
      }
      if (applied !== null && applied > known)
        return failed(says, 'the schema is newer than this program: upgrade it')
      return ok(applied === known ? says : `${says}; the next start brings it up to date`)
    } finally {
      await server.leave()
    }
  },
}

export const SOURCE_CHECKS: readonly Check[] = [feed, log, database]
