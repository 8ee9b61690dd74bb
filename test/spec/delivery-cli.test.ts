// Chapter: `bct alerts` and `bct subscribers` beside a running database: what they show, change and refuse.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openLmdbLog } from '../../infra/lmdb/log.ts'
import { EXIT } from '../../infra/main/errors.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { openPostgresStore, type PostgresStore } from '../../infra/postgres/store.ts'
import { WEBHOOK_SUBSCRIBER } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { writeAlerts } from '../contracts/alert-book.ts'
import { bct, type CliWorld } from '../fakes/io.ts'
import { alertOf, closed, messageOf, noticeOf, WISHES } from '../support/delivery.ts'
import { COUNTRIES, DAY_MINUTES, marketRecords, SELLERS } from '../support/detect.ts'
import { T0 } from '../support/sales.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'bct-delivery-cli-'))
const ANN = 'ann@example.org'
const HOSTILE = '\u001b[2J\u202e<img onerror=x>\r\nName'
const rise = alertOf({ id: '00000000000000a1' })
const ended = closed(
  alertOf({ id: '00000000000000b2', key: 'country:de', openedAtMs: T0 - DAY_MS, severity: 'major' }),
  90,
)

let server: EmbeddedPostgres
let store: PostgresStore

const cli = (args: readonly string[], world: CliWorld = {}) =>
  bct([...args, '--mode', 'simulated', '--data-dir', dataDir], { cwd: tmpdir(), ...world })
const alerts = (...args: readonly string[]) => cli(['alerts', ...args])
const subscribers = (...args: readonly string[]) => cli(['subscribers', ...args])

beforeAll(async () => {
  const log = await openLmdbLog({ dir: join(dataDir, 'simulated', 'log'), partitions: 1 })
  for (const batch of marketRecords({ sellers: SELLERS, countries: COUNTRIES }, 0, 3 * DAY_MINUTES)) {
    await log.append(batch.map(record => ({ topic: 'sales', partition: 0, record })))
  }
  await log.close()
  server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'simulated', 'postgres') })
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})
beforeEach(async () => {
  await store?.drop()
  store = await openPostgresStore({ connection: server.connection, schema: 'bct' })
})

const annOf = async () => (await store.subscribers.subscribers()).find(({ email }) => email === ANN)

describe('bct subscribers', () => {
  it('[N93] adds somebody with what they follow, lists and exports them, and removes them for good', async () => {
    expect((await subscribers('list')).stderr).toContain('nobody subscribed yet')
    const follow = ['--genre', 'techno, ambient', '--tag', 'Dub Techno', '--severity', 'notable']
    const how = ['--frequency', 'daily', '--report', '--zone', 'Europe/Berlin', '--kinds', 'rise,emerging']
    const added = await subscribers('add', 'Ann@Example.org', ...follow, ...how)
    expect(added).toMatchObject({ exitCode: EXIT.ok, stdout: '' })
    expect(added.stderr).toMatch(/^added: daily alerts of genre:techno, genre:ambient, tag:dub-techno/)
    expect(added.stderr).not.toContain('@')
    expect(await annOf()).toMatchObject({
      state: 'active',
      wishes: {
        alerts: {
          interest: {
            keys: ['genre:techno', 'genre:ambient', 'tag:dub-techno'],
            kinds: ['rise', 'emerging'],
            minSeverity: 'notable',
          },
          frequency: 'daily',
        },
        report: true,
        zone: 'Europe/Berlin',
      },
    })
    await subscribers('add', 'bob@example.org', '--no-alerts', '--report')
    const byDefault = await subscribers('add', 'cat@example.org')
    expect(byDefault.stderr).toContain('notable and above')
    await subscribers('remove', 'cat@example.org', '--yes')
    expect((await subscribers('list')).stdout).toMatch(
      /ann@example\.org +active.*\nbob@example\.org +active +report +UTC\n/,
    )
    const csv = (await subscribers('export')).stdout.split('\r\n')
    expect(csv[0]).toBe('email,state,zone,report,frequency,kinds,severity,keys,requested,confirmed')
    expect(csv[1]).toMatch(
      /^ann@example\.org,active,Europe\/Berlin,yes,daily,rise emerging,notable,"genre:techno, /,
    )
    expect(JSON.parse((await subscribers('export', '--json')).stdout)).toHaveLength(2)

    expect((await subscribers('remove', ANN, '--yes')).exitCode).toBe(EXIT.ok)
    expect(await annOf()).toBeUndefined()
    const again = await subscribers('add', ANN)
    expect(again.exitCode).toBe(EXIT.precondition)
    expect(again.stderr).toMatch(/has unsubscribed.*only its owner can come back/s)
  })

  it('[N93] asks before it forgets somebody, and refuses where nobody can be asked', async () => {
    await subscribers('add', ANN)
    const unasked = await subscribers('remove', ANN)
    expect(unasked).toMatchObject({ exitCode: EXIT.usage, stdout: '' })
    expect(unasked.stderr).toContain('--yes')
    const refused = await cli(['subscribers', 'remove', ANN], { ask: async () => '' })
    expect(refused).toMatchObject({ exitCode: EXIT.failure, stderr: 'nothing was removed\n' })
    expect(await annOf()).toBeDefined()
    expect((await cli(['subscribers', 'remove', ANN], { ask: async () => 'y' })).exitCode).toBe(EXIT.ok)
    expect(await annOf()).toBeUndefined()
    expect((await subscribers('remove', ANN, '--yes')).exitCode).toBe(EXIT.notFound)
  })

  it.each([
    [['add'], 'address is missing'],
    [['add', 'ann@localhost'], 'not a mail address'],
    [['add', 'Ann <ann@example.org>'], 'not a mail address'],
    [['add', ANN, '--genre', '<script>'], '--genre'],
    [['add', ANN, '--country', 'germany'], '--country'],
    [['add', ANN, '--kinds', 'all'], '--kinds'],
    [['add', ANN, '--severity', 'loud'], '--severity'],
    [['add', ANN, '--frequency', 'weekly'], '--frequency'],
    [['add', ANN, '--zone', 'Mars/Olympus'], '--zone'],
    [['add', ANN, '--no-alerts'], '--no-alerts'],
  ])('[N93] %j is refused by name', async (args, name) => {
    const { exitCode, stdout, stderr } = await subscribers(...args)
    expect([exitCode, stdout]).toEqual([EXIT.usage, ''])
    expect(stderr).toContain(name)
    expect(stderr).not.toMatch(/ann@(localhost|example\.org>)|Ann/)
  })
})

describe('bct alerts', () => {
  it('[N94] lists what moved, newest first, as asked', async () => {
    expect((await alerts('list')).stderr).toBe('no alerts\n')
    await writeAlerts(store, [rise, ended, alertOf({ id: '00000000000000c3', key: `tag:${HOSTILE}` })])
    const { stdout } = await alerts('list')
    expect(stdout.split('\n')).toHaveLength(4)
    expect(stdout).toMatch(
      /^00000000000000a1 .*notable +rise +genre:techno +64 in 1 h, expected 21\.0 +open\n/,
    )
    expect(stdout.trimEnd()).toMatch(/00000000000000b2 .*major.*closed 2026-11-20T00:00Z$/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none of them is there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    const ids = async (...args: readonly string[]) =>
      JSON.parse((await alerts('list', '--json', ...args)).stdout).map((a: { id: string }) => a.id.slice(-2))
    expect(await ids('--open')).toEqual(['a1', 'c3'])
    expect(await ids('--key', 'country:de')).toEqual(['b2'])
    expect(await ids('--min-severity', 'major')).toEqual(['b2'])
    expect(await ids('--since', '2026-11-20T00:00Z')).toEqual(['a1', 'c3'])
    expect(await ids('--limit', '1')).toEqual(['a1'])
  })

  it('[N94] explains an alert from its record, and says who was told and who was not', async () => {
    await writeAlerts(store, [{ ...rise, partial: true, learningDay: 9 }])
    await store.subscribers.add(ANN, WISHES, T0)
    const ann = (await annOf())!.id
    const webhook = noticeOf(rise.id, WEBHOOK_SUBSCRIBER, { channel: 'webhook' })
    const progress = { stage: 'alert-mailer', partition: 0, offset: 1 }
    const suppressed = [{ ...webhook, reason: 'too-old' } as const]
    await store.outbox.decide({ notices: [noticeOf(rise.id, ann)], suppressed, progress })
    await store.outbox.carry(messageOf('one', { subscriberId: ann }), [noticeOf(rise.id, ann)])
    const { exitCode, stdout } = await alerts('explain', rise.id)
    expect(exitCode).toBe(EXIT.ok)
    expect(stdout).toMatch(/counted +64 purchases, 70 items/)
    expect(stdout).toMatch(/expected +21\.0; two of three such windows have 15\.0 to 28\.0/)
    expect(stdout).toMatch(/threshold +5\.0/)
    expect(stdout).toMatch(/a gap touches the window/)
    expect(stdout).toMatch(/day 9 of 21 of learning/)
    expect(stdout).toMatch(/the webhook +not told: it was old when it was read\n/)
    expect(stdout).toMatch(/ann@example\.org +message waiting\n/)
    const json = JSON.parse((await alerts('explain', rise.id, '--json')).stdout)
    expect(json.told.map((t: { who: string }) => t.who).sort()).toEqual([ANN, 'the webhook'])
    expect(await alerts('explain', 'ffffffffffffffff')).toMatchObject({ exitCode: EXIT.notFound, stdout: '' })
  })

  it('[N94] explains from the log why a key is not told', async () => {
    const { exitCode, stdout } = await alerts('explain', 'genre:electronic')
    expect(exitCode).toBe(EXIT.ok)
    expect(stdout).toMatch(/^key +genre:electronic\n/)
    expect(stdout).toMatch(/\d+ purchases in .*, expected μ \d+\.\d\d \(r \d+\.\d\)/)
    expect(stdout).toMatch(/surprise \d+\.\d\d, told from 4\.\d\d/)
    const json = JSON.parse((await alerts('explain', 'genre:electronic', '--json')).stdout)
    expect(json).toMatchObject({
      key: 'genre:electronic',
      nearest: [{ direction: 'rise' }, { direction: 'drop' }],
    })
    expect(await alerts('explain', 'genre:polka')).toMatchObject({ exitCode: EXIT.notFound, stdout: '' })
  })

  it('[N94] mutes a key for everybody or for one, and unmutes it', async () => {
    const nowMs = Date.now()
    expect((await alerts('mute', 'genre:techno', '--for', '7d')).exitCode).toBe(EXIT.ok)
    const [mute] = await store.globalMutes.mutes(nowMs)
    expect(mute?.key).toBe('genre:techno')
    expect(mute!.untilMs - nowMs).toBeGreaterThanOrEqual(7 * DAY_MS)
    expect(mute!.untilMs - nowMs).toBeLessThan(7 * DAY_MS + HOUR_MS)
    await alerts('mute', 'genre:techno', '--off')
    expect(await store.globalMutes.mutes(Date.now())).toEqual([])

    expect((await alerts('mute', 'all', '--for', '1h', '--subscriber', ANN)).exitCode).toBe(EXIT.notFound)
    await store.subscribers.add(ANN, WISHES, T0)
    const muted = await alerts('mute', 'all', '--for', '1h', '--subscriber', ANN)
    expect(muted.exitCode).toBe(EXIT.ok)
    expect(muted.stderr).not.toContain(ANN)
    expect((await annOf())?.mutes).toMatchObject([{ key: 'all' }])
    expect(await store.globalMutes.mutes(Date.now())).toEqual([])
  })

  it('[N94] posts a test letter to a subscriber who would get one', async () => {
    const nobody = await alerts('test', ANN)
    expect(nobody.exitCode).toBe(EXIT.notFound)
    await store.subscribers.add(ANN, WISHES, T0)
    const { exitCode, stderr } = await alerts('test', ANN)
    expect(exitCode).toBe(EXIT.ok)
    expect(stderr).toContain('made-up')
    const [message] = await store.outbox.messages(1)
    expect(message).toMatchObject({
      state: 'waiting',
      recipient: ANN,
      subscriberId: (await annOf())!.id,
      content: { kind: 'alert', alerts: [{ key: 'tag:dub techno' }] },
    })
    await writeAlerts(store, [rise])
    expect((await alerts('test', ANN)).stderr).toContain('about genre:techno')
    expect(await store.outbox.messages(10)).toHaveLength(2)

    await store.subscribers.change((await annOf())!.id, { ...WISHES, alerts: null })
    const unwilling = await alerts('test', ANN)
    expect(unwilling.exitCode).toBe(EXIT.precondition)
    expect(unwilling.stderr).toContain('wants no alerts')
    expect(await store.outbox.messages(10)).toHaveLength(2)
  })

  it.each([
    [['mute', 'genre:techno'], '--for'],
    [['mute', 'genre:techno', '--for', '7 weeks'], '--for'],
    [['mute', 'genre:techno', '--for', '400d'], '--for'],
    [['mute', 'techno', '--for', '7d'], 'is not a key'],
    [['explain'], 'is not a key'],
    [['explain', 'all'], '--key all'],
    [['list', '--limit', '0'], '--limit'],
    [['list', '--since', 'yesterday'], '--since'],
    [['test'], 'address is missing'],
    [['mute', 'all', '--for', '7d', '--subscriber', 'ann'], 'not a mail address'],
  ])('[N94] %j is refused by name', async (args, name) => {
    const { exitCode, stdout, stderr } = await alerts(...args)
    expect([exitCode, stdout]).toEqual([EXIT.usage, ''])
    expect(stderr).toContain(name)
  })
})
