// Two mailers of the built program, killed at random, on a mail server that refuses, is late and hangs up.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import { pause } from '../../infra/runtime/pause.ts'
import { Rng } from '../../producers/simulator/core/random.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { Interest, OutboxMessage } from '../../schemas/subscriptions.ts'
import { wishes } from '../support/alert-mailer.ts'
import { builtCli } from '../support/built.ts'
import { end, hasEnded, type Running, startStages } from '../support/processes.ts'
import { type SmtpFault, type SmtpStep, startSmtpServer, type TestSmtpServer } from '../support/smtp.ts'
import { alertOf } from '../support/told-alerts.ts'

const SEED = Number(process.env.MAILER_SEED ?? 20_261_122)
/** Of each of the two. */
const KILLS = 8
const PEOPLE = 60
/** One mail each at most, and three of them are sent in a day. */
const WAVES = 3
const ALERTS_IN_WAVE = 4
const STAGES = 'alert-mailer,store-writer'
const NOBODY = 'nobody@example.org'
/** What a mailer waits for one letter under fire, and how late a slow server's word comes. */
const [PATIENCE_MS, LATE_MS] = [1_000, 2_500]
const CALM_PATIENCE_MS = 60_000
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

const dataDir = mkdtempSync(join(tmpdir(), 'bct-mailers-'))
const modeDir = join(dataDir, 'simulated')
const running = new Set<Running>()
let cli = ''
let smtp: TestSmtpServer
let hook: Server
let server: EmbeddedPostgres
let store: PostgresStore
let client: pg.Client

/** What came to the webhook and was there whole: its id, body, and whether it was answered. */
const posts: {
  readonly id: string
  readonly body: string
  readonly isAnswered: boolean
  readonly atMs: number
}[] = []
/** By place in `smtp.received`. */
const arrivals: { readonly isAnswered: boolean; readonly atMs: number }[] = []
const killsMs: number[] = []
/** How often the server's word came too late, by step. */
const lateAt = new Map<SmtpStep, number>()

const KINDS = ['rise', 'drop', 'emerging'] as const
const KEYS = ['genre:techno', 'country:de', 'artist:one.bandcamp.com', 'tag:dub'] as const
const INTERESTS: readonly Partial<Interest>[] = [
  {},
  { keys: ['genre:techno', 'tag:dub'] },
  { kinds: ['drop', 'emerging'] },
  { minSeverity: 'major' },
]
const emailOf = (n: number): string => (n === 0 ? NOBODY : `reader-${n}@example.org`)

/** Those of now: each wave has a key, kind and severity of each sort. */
function waveOf(wave: number): readonly Alert[] {
  return Array.from({ length: ALERTS_IN_WAVE }, (_, i) => {
    const openedAtMs = Date.now() - 60_000
    const key = KEYS[(wave + i) % KEYS.length]!
    const artistName = '<img src=x onerror=alert(1)> \u202eevil\r\nBcc: all@example.org'
    const told = alertOf(wave * ALERTS_IN_WAVE + i + 1, { key, openedAtMs })
    return {
      ...told,
      alertKind: KINDS[i % KINDS.length]!,
      severity: i === 0 ? 'major' : 'notable',
      topReleases: told.topReleases.map(release => ({ ...release, artistName })),
    }
  })
}

const isFor = ({ keys, kinds, minSeverity }: Partial<Interest>, alert: Alert): boolean =>
  (keys?.includes(alert.key) ?? true) &&
  (kinds?.some(kind => kind === alert.alertKind) ?? true) &&
  (minSeverity !== 'major' || alert.severity === 'major')

function start(patienceMs = PATIENCE_MS): Running {
  const before = new Set(running)
  const where = ['--data-dir', dataDir, '--mode', 'simulated', '--simulator-history-days', '0']
  const rest = [
    '--partitions',
    '2',
    '--port',
    '0',
    '--log-level',
    'warn',
    '--public-url',
    'https://tracker.example',
  ]
  const { port } = hook.address() as AddressInfo
  startStages(running, STAGES, [cli, 'start', ...where, ...rest], {
    ...process.env,
    BCT_SMTP_URL: smtp.url,
    BCT_SMTP_TIMEOUT_MS: String(patienceMs),
    BCT_MAIL_FROM: 'Tracker <tracker@example.org>',
    BCT_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
    BCT_WEBHOOK_SECRET: SECRET,
  })
  return [...running].find(one => !before.has(one))!
}

async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 900; tries++) {
    if (await look()) return
    const ended = [...running].find(hasEnded)
    if (ended !== undefined) throw new Error(`a mailer ended by itself: ${ended.said}`)
    await pause(100)
  }
  throw new Error(`waited in vain for ${what}: ${[...running].map(one => one.said).join('\n')}`)
}

/** Nobody lives who holds anything: time passes until every hold and every pause is over. */
async function letTimePass(): Promise<void> {
  expect(running.size).toBe(0)
  await client.query(`UPDATE bct.outbox SET held_until = now() - interval '1 s' WHERE state = 'sending'`)
  await client.query(`UPDATE bct.outbox SET due_at = now() - interval '1 s' WHERE state = 'waiting'`)
}

function chaos(rng: Rng): void {
  const later: SmtpFault = { code: 451, says: '4.7.1 try again later' }
  smtp.behave((step, to) => {
    if (step === 'rcpt' && to === NOBODY) return { code: 550, says: '5.1.1 no such mailbox' }
    const dice = rng.unit()
    const late = (): SmtpFault => {
      lateAt.set(step, (lateAt.get(step) ?? 0) + 1)
      return { lateMs: LATE_MS }
    }
    // Each step's word is late once, whatever the dice.
    const isLate = !lateAt.has(step)
    if (step === 'ready') return isLate || dice < 0.04 ? late() : null
    if (step === 'rcpt' || step === 'connect') {
      if (isLate) return late()
      if (dice < 0.04) return later
      return dice < 0.08 ? 'drop' : dice < 0.11 ? late() : null
    }
    if (step === 'data') return dice < 0.05 ? 'drop' : null
    if (step !== 'dot') return null
    // Late is too late: the letter is there, and whoever sent it has gone by then.
    const isAnswered = !isLate && dice >= 0.16
    arrivals.push({ isAnswered, atMs: Date.now() })
    return isAnswered ? null : isLate || dice >= 0.08 ? late() : 'drop'
  })
}

function calm(): void {
  smtp.behave((step, to) => {
    if (step === 'dot') arrivals.push({ isAnswered: true, atMs: Date.now() })
    return step === 'rcpt' && to === NOBODY ? { code: 550, says: '5.1.1 no such mailbox' } : null
  })
}

function startHook(rng: Rng): Promise<Server> {
  const made = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const dice = rng.unit()
      if (dice < 0.1) return void response.writeHead(503).end()
      const isAnswered = dice >= 0.2
      posts.push({ id: String(request.headers['webhook-id']), body, isAnswered, atMs: Date.now() })
      if (isAnswered) response.writeHead(204).end()
      else response.destroy()
    })
  })
  return new Promise(resolve => made.listen(0, '127.0.0.1', () => resolve(made)))
}

/** One life after the other, each broken off at a random moment after it began to work. */
async function live(rng: Rng, onLife: (life: number) => Promise<void>): Promise<void> {
  for (let life = 0; life < KILLS; life++) {
    await onLife(life)
    const one = start()
    await until('a mailer', () => one.said.includes('mail goes to'))
    await pause(rng.int(6_000))
    expect([hasEnded(one), one.said]).toEqual([false, one.said])
    await end(running, one, 'SIGKILL')
    killsMs.push(Date.now())
  }
}

/** Of what was opened, the last first. */
const closings: (() => unknown)[] = [() => rmSync(dataDir, { recursive: true, force: true })]

beforeAll(async () => {
  cli = builtCli()
  smtp = await startSmtpServer()
  closings.push(() => smtp.stop())
  hook = await startHook(new Rng(SEED, 1))
  closings.push(() => hook.close().closeAllConnections())
  server = await startEmbeddedPostgres({ dataDir: join(modeDir, 'postgres') })
  closings.push(() => server.stop())
  store = await openPostgresStore({ connection: server.connection, schema: 'bct' })
  closings.push(() => store.close())
  client = new pg.Client(server.connection)
  await client.connect()
  closings.push(() => client.end())
}, 120_000)

afterAll(async () => {
  for (const one of running) await end(running, one, 'SIGKILL')
  for (const close of closings.reverse()) await close()
})

const messageIdIn = (raw: Buffer): string =>
  /^Message-ID: <([^@>]+)@/im.exec(raw.toString('latin1'))?.[1] ?? 'none'

function groupById<T extends { readonly id: string }>(all: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(one.id, [...(groups.get(one.id) ?? []), one])
  return groups
}

/** What arrived more than once came again for a reason, and as the same bytes. */
function repeatsAreExcused(
  copies: readonly { readonly text: string; readonly isAnswered: boolean; readonly atMs: number }[],
): void {
  for (const [i, copy] of copies.entries()) {
    expect(copy.text).toBe(copies[0]!.text)
    const next = copies[i + 1]
    if (next === undefined) continue
    const wasKilled = killsMs.some(ms => ms >= copy.atMs - 1_000 && ms <= next.atMs)
    expect([copy.isAnswered, wasKilled]).not.toEqual([true, false])
  }
}

it(`[N33] ${2 * KILLS} times SIGKILL of two mailers: each alert reaches each follower once by Message-ID`, async () => {
  const log = await openLmdbLog({ dir: join(modeDir, 'log'), partitions: 2 })
  const alerts: Alert[] = []
  const happen = async (wave: number): Promise<void> => {
    const records = waveOf(wave)
    alerts.push(...records)
    await log.append(records.map(record => ({ topic: 'alerts', partition: 0, record })))
  }
  for (let n = 0; n < PEOPLE; n++) {
    await store.subscribers.add(emailOf(n), wishes('instant', INTERESTS[n % INTERESTS.length]), Date.now())
  }
  chaos(new Rng(SEED, 2))
  const waveAt = [0, KILLS / 4, KILLS / 2]
  await Promise.all([
    live(new Rng(SEED, 3), async life => {
      if (waveAt.includes(life)) await happen(waveAt.indexOf(life))
    }),
    live(new Rng(SEED, 4), async () => {}),
  ])
  expect([alerts.length, killsMs.length]).toEqual([WAVES * ALERTS_IN_WAVE, 2 * KILLS])
  const early = arrivals.length
  calm()
  await letTimePass()
  start(CALM_PATIENCE_MS)
  start(CALM_PATIENCE_MS)
  const followers = PEOPLE + 1
  await until('everything', async () => {
    const { rows } = await client.query<{ open: number; done: number }>(
      `SELECT (SELECT count(*)::int FROM bct.notices WHERE message_id IS NULL AND suppressed_for IS NULL)
         + (SELECT count(*)::int FROM bct.outbox WHERE state IN ('waiting', 'sending')) AS open,
       (SELECT count(DISTINCT subscriber_id)::int FROM bct.notices) AS done`,
    )
    return rows[0]!.open === 0 && rows[0]!.done >= followers && (await decidedAll(alerts))
  })
  const codes = await Promise.all([...running].map(one => end(running, one, 'SIGTERM')))
  expect(codes).toEqual([0, 0])

  const { rows } = await client.query<
    Pick<OutboxMessage, 'id' | 'recipient' | 'content'> & { state: string }
  >('SELECT id, recipient, content, state FROM bct.outbox')
  const messages = new Map(rows.map(row => [row.id, row]))
  const alertsIn = (id: string): readonly string[] => {
    const { content } = messages.get(id)!
    return content.kind === 'alert' ? content.alerts.map(alert => alert.id) : [`${content.kind}?`]
  }

  expect(arrivals.length).toBe(smtp.received.length)
  const letters = smtp.received.map(({ raw, to }, i) => ({
    id: messageIdIn(raw),
    to,
    text: raw.toString('latin1'),
    ...arrivals[i]!,
  }))
  for (const { id, to } of letters) expect([messages.get(id)?.recipient]).toEqual(to)
  const byId = groupById(letters)
  for (const copies of byId.values()) repeatsAreExcused(copies)
  for (let n = 1; n < PEOPLE; n++) {
    const ids = [...byId].flatMap(([id, [first]]) => (first!.to.includes(emailOf(n)) ? [id] : []))
    const wanted = alerts
      .filter(alert => isFor(INTERESTS[n % INTERESTS.length]!, alert))
      .map(alert => alert.id)
    expect([emailOf(n), ids.flatMap(alertsIn).toSorted()]).toEqual([emailOf(n), wanted.toSorted()])
  }
  expect(letters.filter(({ to }) => to.includes(NOBODY))).toEqual([])

  const postsById = groupById(posts)
  for (const copies of postsById.values())
    repeatsAreExcused(copies.map(post => ({ ...post, text: post.body })))
  expect([...postsById.keys()].flatMap(alertsIn).toSorted()).toEqual(alerts.map(alert => alert.id).toSorted())
  expect(rows.filter(row => row.state !== (row.recipient === NOBODY ? 'failed' : 'sent'))).toEqual([])
  // The trouble was real: much arrived before the last kill, and some of it twice.
  console.log(
    `${early} of ${letters.length} letters came under fire, ${letters.length - byId.size} of them again; late`,
    Object.fromEntries(lateAt),
  )
  expect(early).toBeGreaterThan(10)
  for (const step of ['connect', 'ready', 'dot'] as const) {
    expect([step, (lateAt.get(step) ?? 0) > 0]).toEqual([step, true])
  }
  await log.close()
}, 240_000)

/** Whether who hears of each alert has been written down. */
async function decidedAll(alerts: readonly Alert[]): Promise<boolean> {
  const { rows } = await client.query<{ alerts: number }>(
    'SELECT count(DISTINCT alert_id)::int AS alerts FROM bct.notices',
  )
  return rows[0]!.alerts === alerts.length
}
