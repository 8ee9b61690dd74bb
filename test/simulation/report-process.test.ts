// Two processes of the built program that make and mail a report, killed again and again: one letter each.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import { pause } from '../../infra/runtime/pause.ts'
import { DAY_MS, floorTo, HOUR_MS } from '../../schemas/time.ts'
import { builtCli } from '../support/built.ts'
import { end, hasEnded, type Running, startStages } from '../support/processes.ts'
import { WANTS_REPORT } from '../support/report-stage.ts'
import { type S3World, startS3World, TEST_BUCKET } from '../support/s3.ts'
import { sale } from '../support/sales.ts'
import { parseMail, startSmtpServer, type TestSmtpServer } from '../support/smtp.ts'

const STAGES = 'report,alert-mailer'
const READERS = 20
/** Deaths before the report is out; each a little later in its life than the one before. */
const KILLS = 6

const dataDir = mkdtempSync(join(tmpdir(), 'bct-reporters-'))
const modeDir = join(dataDir, 'simulated')
const running = new Set<Running>()
const day = new Date(floorTo(Date.now(), DAY_MS) - DAY_MS).toISOString().slice(0, 10)
let cli = ''
let smtp: TestSmtpServer
let s3: S3World
let server: EmbeddedPostgres
let store: PostgresStore
let client: pg.Client

/** The day before is over, and its windows are closed. */
async function sellYesterday(): Promise<void> {
  const todayMs = floorTo(Date.now(), DAY_MS)
  const sales = Array.from({ length: 300 }, (_, i) =>
    sale(`b${i}`, todayMs - DAY_MS + Math.floor((i * DAY_MS) / 300)),
  )
  const progress = { stage: 'store-writer', topic: 'sales', partition: 0, offset: 0 } as const
  await store.write({ sales, watermarkMs: todayMs + HOUR_MS, progress })
}

function start(): void {
  const where = ['--data-dir', dataDir, '--mode', 'simulated', '--simulator-history-days', '0']
  const rest = ['--partitions', '1', '--port', '0', '--log-level', 'warn', '--report-at', '00:00']
  const archive = ['--report-archive', `s3://${TEST_BUCKET}/kept`, '--s3-endpoint', s3.endpoint]
  startStages(running, STAGES, [cli, 'start', ...where, ...rest, ...archive], {
    ...process.env,
    BCT_SMTP_URL: smtp.url,
    BCT_MAIL_FROM: 'Tracker <tracker@example.org>',
    BCT_CHROMIUM_PATH: '/nowhere/chromium',
  })
}

async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 900; tries++) {
    if (await look()) return
    const ended = [...running].find(hasEnded)
    if (ended !== undefined)
      throw new Error(
        `a process ended by itself (${ended.child.exitCode}, ${ended.child.signalCode}): ${ended.said}`,
      )
    await pause(100)
  }
  throw new Error(`waited in vain for ${what}: ${[...running].map(one => one.said).join('\n')}`)
}

/** Nobody lives who holds anything: time passes until every hold and every pause is over. */
async function letTimePass(): Promise<void> {
  await client.query(`UPDATE bct.report_holds SET held_until = '-infinity'`)
  await client.query(`UPDATE bct.report_runs SET retry_at = '-infinity'`)
  await client.query(`UPDATE bct.outbox SET held_until = now() - interval '1 s' WHERE state = 'sending'`)
  await client.query(`UPDATE bct.outbox SET due_at = now() - interval '1 s' WHERE state = 'waiting'`)
}

async function killAll(): Promise<void> {
  await Promise.all([...running].map(one => end(running, one, 'SIGKILL')))
  await letTimePass()
}

beforeAll(async () => {
  cli = builtCli()
  ;[smtp, s3] = await Promise.all([startSmtpServer(), startS3World()])
  server = await startEmbeddedPostgres({ dataDir: join(modeDir, 'postgres') })
  store = await openPostgresStore({ connection: server.connection })
  client = new pg.Client(server.connection)
  await client.connect()
  const log = await openLmdbLog({ dir: join(modeDir, 'log'), partitions: 1 })
  await log.close()
  await sellYesterday()
  for (let i = 0; i < READERS; i++)
    await store.subscribers.add(`reader-${i}@example.org`, WANTS_REPORT, Date.now())
}, 120_000)

afterAll(async () => {
  await Promise.all([...running].map(one => end(running, one, 'SIGKILL')))
  await client?.end()
  await store?.close()
  await server?.stop()
  await Promise.all([smtp?.stop(), s3?.stop()])
  rmSync(dataDir, { recursive: true, force: true })
}, 60_000)

it('[Q12] two schedulers killed at each state, mail and archive that break off: one letter for each, each file once', async () => {
  // Each life ends a little further: at the next request to the archive, or at the next letter.
  let requests = 0
  s3.fate(({ method }) => (method === 'PUT' && requests++ % 4 === 1 ? 'serve-and-drop' : 'serve'))
  smtp.behave(step =>
    step === 'dot' && smtp.received.length % 7 === 3 ? { code: 451, says: '4.7.1 later' } : null,
  )
  for (let kill = 0; kill < KILLS; kill++) {
    start()
    start()
    const [requestsBefore, lettersBefore] = [s3.requests.length, smtp.received.length]
    const further = () =>
      s3.requests.length >= requestsBefore + 2 + kill || smtp.received.length >= lettersBefore + 3
    await until(`life ${kill} to come further`, further)
    await killAll()
  }
  smtp.behave(() => null)
  s3.fate(() => 'serve')
  start()
  start()
  const isDone = async () => {
    const counts = await store.outbox.counts(0)
    return counts.sentSince === READERS && counts.waiting + counts.sending === 0
  }
  await until('all letters', isDone)
  const [run] = await store.reportRuns.runs('UTC', day, day)
  expect(run).toMatchObject({ state: 'sent', version: 1, mailing: 1 })

  const letters = await Promise.all(smtp.received.map(({ raw }) => parseMail(raw)))
  const byReader = new Map<string, Set<string>>()
  for (const { to, messageId } of letters) {
    const address = to?.[0]?.address ?? ''
    byReader.set(address, (byReader.get(address) ?? new Set()).add(messageId ?? ''))
  }
  expect(byReader.size).toBe(READERS)
  for (const [address, ids] of byReader) expect([address, ids.size]).toEqual([address, 1])
  expect(letters[0]?.subject).toContain('300 sales')
  expect(letters[0]?.attachments.map(({ filename }) => filename)).toEqual([
    `bandcamp-${day}.v1.html`,
    `bandcamp-${day}.v1.csv`,
  ])
  const archive = s3.open({ prefix: 'kept/simulated' })
  const kinds = ['csv', 'html', 'json', 'sha256'].map(kind => `v1.${kind}`)
  expect((await archive.list('')).map(path => path.slice(path.indexOf('.') + 1))).toEqual(kinds)
}, 240_000)
