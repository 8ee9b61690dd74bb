// What stands in no log: kept through a crash of the server, and untouched by replays.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import type { ReplayParams } from '../../infra/postgres/replays/registry.ts'
import { openReplayStore } from '../../infra/postgres/replays/replay-store.ts'
import { openReplays } from '../../infra/postgres/replays/replays.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { writeAlerts } from '../contracts/alert-book.ts'
import { windowOf } from '../contracts/store.ts'
import { alertOf, messageOf, noticeOf, WISHES } from '../support/delivery.ts'
import { sale, T0 } from '../support/sales.ts'

let dataDir: string
let server: EmbeddedPostgres

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bct-delivery-'))
  server = await startEmbeddedPostgres({ dataDir })
})
afterAll(async () => {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** As when the power goes: what was not written to the disk is lost. */
async function crash(): Promise<void> {
  const pidFile = await readFile(join(dataDir, 'cluster/postmaster.pid'), 'utf8')
  // An immediate shutdown: no process of the server writes anything more.
  process.kill(Number.parseInt(pidFile, 10), 'SIGQUIT')
  const ended = async () => {
    const client = new pg.Client(server.connection)
    return client.connect().then(
      () => client.end().then(() => false),
      () => true,
    )
  }
  while (!(await ended()));
  // Its keeper would start it again beside the one that the test starts.
  await server.stop()
}

/** Everything of a subscriber and a message, by the only way in. */
async function everything({ subscribers, outbox, globalMutes }: PostgresStore) {
  return {
    subscribers: await subscribers.subscribers(),
    secret: Buffer.from(await subscribers.linkSecret()).toString('hex'),
    messages: await outbox.messages(100),
    open: await outbox.openNotices(),
    suppressed: await outbox.suppressedSince(0),
    mutes: await globalMutes.mutes(T0),
  }
}

/** What happens before each crash: the last of it is what a lazy commit would lose. */
const ROUNDS: readonly ((store: PostgresStore, id: string) => Promise<unknown>)[] = [
  async ({ outbox, globalMutes, subscribers }, id) => {
    await globalMutes.muteForAll({ key: 'tag:x', untilMs: T0 + HOUR_MS })
    await subscribers.request('new@example.com', WISHES, T0)
    const progress = { stage: 'alert-mailer', partition: 0, offset: 3 }
    await outbox.decide({ notices: [noticeOf(alertOf().id, id)], suppressed: [], progress })
  },
  async ({ outbox }, id) => {
    await outbox.carry(messageOf('carried', { subscriberId: id }), [noticeOf(alertOf().id, id)])
    await outbox.claim('mail', T0, HOUR_MS, 10)
    await outbox.sent(messageOf('carried').id, T0)
  },
  async ({ outbox, subscribers }, id) => {
    await outbox.post([messageOf('posted', { subscriberId: id })])
    await subscribers.unsubscribe(id, T0)
  },
]

describe('delivery in PostgreSQL', () => {
  it('[N91] keeps each change that resolved, should the server crash in the next moment', async () => {
    const open = () => openPostgresStore({ connection: server.connection, schema: 'crash' })
    let store = await open()
    await store.subscribers.add('ann@example.com', WISHES, T0)
    await writeAlerts(store, [alertOf()])
    const id = (await store.subscribers.subscribers())[0]!.id
    for (const round of ROUNDS) {
      await round(store, id)
      // Only looks: nothing of it would put a commit on the disk.
      const before = await everything(store)
      await crash()
      await store.close()
      server = await startEmbeddedPostgres({ dataDir })
      store = await open()
      expect(await everything(store)).toEqual(before)
    }
    expect(await store.progress('alert-mailer', 'alerts', 0)).toBe(3)
    await store.close()
  })

  it('[N90] lets nobody leave between the look at a subscriber and the letter to them', async () => {
    const store = await openPostgresStore({ connection: server.connection, schema: 'leave' })
    await store.subscribers.add('ann@example.com', WISHES, T0)
    const { id } = (await store.subscribers.subscribers())[0]!
    const other = new pg.Client(server.connection)
    other.on('error', () => {})
    await other.connect()
    const waiting = async () => {
      const { rows } = await other.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted',
      )
      return rows[0]!.n
    }
    // Somebody else who is about to insert the same message holds up the letter after its look.
    await other.query('SET search_path TO leave; BEGIN')
    const { id: messageId, dedupeKey } = messageOf('letter')
    await other.query(
      `INSERT INTO outbox (id, dedupe_key, channel, recipient, kind, content, posted_at, due_at)
       VALUES ($1, $2, 'mail', 'x', 'operator', '{}', now(), now())`,
      [messageId, dedupeKey],
    )
    const posted = store.outbox.post([
      messageOf('letter', { subscriberId: id, recipient: 'ann@example.com' }),
    ])
    await vi.waitFor(async () => expect(await waiting()).toBe(1))
    let isGone = false
    const left = store.subscribers.unsubscribe(id, T0).then(() => {
      isGone = true
    })
    await vi.waitFor(async () => expect(isGone || (await waiting()) === 2).toBe(true))
    await other.query('ROLLBACK')
    await Promise.all([posted, left])
    expect(await store.outbox.messages(10)).toMatchObject([{ recipient: '', state: 'dropped' }])
    await other.end()
    await store.close()
  })

  it('[N92] says nothing to anybody when a replay is promoted, and keeps who is to hear of what', async () => {
    const live = await openPostgresStore({ connection: server.connection, schema: 'bct' })
    await live.subscribers.add('ann@example.com', WISHES, T0)
    const id = (await live.subscribers.subscribers())[0]!.id
    await live.subscribers.add('gone@example.com', WISHES, T0)
    await live.subscribers.remove('gone@example.com', T0)
    await writeAlerts(live, [alertOf(), alertOf({ id: 'b2' })], 2)
    await live.outbox.decide({
      notices: [noticeOf(alertOf().id, id), noticeOf('b2', id)],
      suppressed: [],
      progress: { stage: 'alert-mailer', partition: 0, offset: 2 },
    })
    await live.outbox.carry(messageOf('one', { subscriberId: id }), [noticeOf('b2', id)])
    const progress = { stage: 'store-writer', topic: 'windows', partition: 0, offset: 1 } as const
    await live.write({ windows: [windowOf()], watermarkMs: T0 + 4 * HOUR_MS, progress })
    const before = await everything(live)

    const replays = openReplays(server.connection)
    const fromMs = T0 - 30 * MINUTE_MS
    const params: ReplayParams = {
      mode: 'live',
      live: 'bct',
      fromMs,
      toMs: fromMs + HOUR_MS,
      parts: ['sales', 'windows'],
      allowedLatenessMs: HOUR_MS,
      starts: [0],
    }
    await replays.begin('check', params, T0)
    const store = await openReplayStore(server.connection, 'check')
    const replayed = { stage: 'replay', topic: 'windows', partition: 0, offset: 9 } as const
    const rows = { sales: [sale('b1', T0)], windows: [windowOf({ items: 7 })] }
    await store.write({ ...rows, watermarkMs: T0 + 4 * HOUR_MS, progress: replayed })
    await store.close()
    await replays.finish('check')
    const info = await replays.read('check')
    expect(info).toMatchObject({ name: 'check' })
    expect(await replays.promote(info!, T0 + 2 * HOUR_MS, false)).toMatchObject({ kind: 'promoted' })
    expect(await everything(live)).toEqual(before)
    await replays.drop('check')
    expect(await everything(live)).toEqual(before)
    expect(await live.subscribers.add('gone@example.com', WISHES, T0)).toBe('unsubscribed-before')
    await replays.close()
    await live.close()
  })
})
