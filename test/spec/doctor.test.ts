// Chapter: `bct doctor` looks at what these settings need; what lacks is told with the next step.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig, storeSchema } from '../../infra/main/config.ts'
import { type Check, ok, type Patient, runCheck } from '../../infra/main/doctor/check.ts'
import { CHECKS } from '../../infra/main/doctor/checks.ts'
import { migrate } from '../../infra/postgres/migrations.ts'
import { systemClock } from '../../infra/system/clock.ts'
import { createFakeClock, settled } from '../fakes/clock.ts'
import { bct, inTempDir } from '../fakes/io.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { startSmtpServer } from '../support/smtp.ts'

interface Told {
  readonly name: string
  readonly result: string
  readonly says: string
  readonly fix: string | null
}

/** What `bct doctor --json` finds, by name. */
async function doctor(dir: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const all = ['doctor', '--json', '--mode', 'simulated', '--data-dir', dir, ...args]
  const { exitCode, stdout } = await bct(all, { env })
  const { findings } = JSON.parse(stdout) as { findings: readonly Told[] }
  return { exitCode, findings: Object.fromEntries(findings.map(each => [each.name, each])) }
}

const check = (name: string): Check => CHECKS.find(each => each.name === name)!
const patientWith = (
  env: Readonly<Record<string, string>>,
  over: Partial<Patient['config']> = {},
): Patient => {
  const { config } = loadConfig({ flags: {}, env, cwd: '/nowhere' })
  return { config: { ...config, ...over }, mode: 'live', version: '1', clock: systemClock }
}

describe('before the first start', () => {
  it('[C27] nothing fails, nothing is made, and what should be set is said', () =>
    inTempDir(async dir => {
      const dataDir = join(dir, 'data')
      const { exitCode, findings } = await doctor(
        dataDir,
        {},
        '--only',
        'node,data folder,processes,log,database,mail,operator,webhook,archive',
      )
      const results = Object.values(findings).map(({ name, result }) => [name, result])
      expect(results).toEqual([
        ['node', 'ok'],
        ['data folder', expect.stringMatching('ok|warning')],
        ['processes', 'skipped'],
        ['log', 'skipped'],
        ['database', 'skipped'],
        ['mail', 'warning'],
        ['operator', 'warning'],
        ['webhook', 'skipped'],
        ['archive', 'ok'],
      ])
      expect(exitCode).toBe(0)
      expect(findings.mail?.fix).toContain('BCT_SMTP_URL')
      const again = await doctor(dataDir, {}, '--only', 'data folder')
      expect(again.findings['data folder']?.says).toContain('made at the first start')
    }))

  it('[C13] an unknown check is refused by name', async () => {
    const run = await bct(['doctor', '--only', 'mial', '--mode', 'simulated'])
    expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining('one of node, data folder')])
  })
})

describe('each check', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function feedThat(answers: (server: number) => { status?: number; body: string }): Promise<string> {
    const server = createServer((_, response) => {
      const { status = 200, body } = answers(Math.floor(Date.now() / 1_000))
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const answer = (aheadS: number) => (nowS: number) => {
    const head = { start_date: nowS - 600, end_date: nowS - 60, data_delay_sec: 60, events: [] }
    return { body: JSON.stringify({ ...head, server_time: nowS + aheadS }) }
  }

  it.each([
    ['answers', answer(0), 'ok', 'from ours'],
    ['has another clock', answer(120), 'warning', 'NTP'],
    ['has a clock that the poller does not believe', answer(3_600), 'failed', 'NTP'],
    ['refuses', () => ({ status: 403, body: '' }), 'failed', '403'],
    ['has another form', () => ({ body: '{"sales":[]}' }), 'failed', 'newer'],
  ] as const)('[C27] a feed that %s', async (_, answers, result, says) => {
    const feedBaseUrl = await feedThat(answers)
    const told = await runCheck(
      check('feed'),
      patientWith({ BCT_CONTACT: 'me@example.org' }, { feedBaseUrl, mode: 'live' }),
    )
    expect([told.result, `${told.says} ${told.fix}`]).toEqual([result, expect.stringContaining(says)])
  })

  it('[C27] mail: a server that takes us, one that does not know us, one that is away', () =>
    inTempDir(async dir => {
      const server = await startSmtpServer({ login: { user: 'me', pass: 'secret' } })
      const asked = (url: string) =>
        doctor(
          dir,
          { BCT_SMTP_URL: url, BCT_MAIL_FROM: 'a@example.org', BCT_PUBLIC_URL: 'https://a.example' },
          '--only',
          'mail',
        )
      const at = `127.0.0.1:${server.port}`
      const good = await asked(`smtp://me:secret@${at}`)
      const bad = await asked(`smtp://me:wrong@${at}`)
      await server.stop()
      const gone = await asked(`smtp://me:secret@${at}`)
      expect([good, bad, gone].map(({ exitCode, findings }) => [exitCode, findings.mail?.result])).toEqual([
        [0, 'ok'],
        [4, 'failed'],
        [4, 'failed'],
      ])
      expect(`${JSON.stringify(bad)}${JSON.stringify(gone)}`).not.toMatch(/wrong|secret/)
      expect(server.received).toEqual([])
    }))

  it('[C27] a browser that is not where the settings say', () =>
    inTempDir(async dir => {
      const { exitCode, findings } = await doctor(
        dir,
        { BCT_CHROMIUM_PATH: '/nowhere/chrome' },
        '--only',
        'browser',
      )
      expect([exitCode, findings.browser?.result]).toEqual([4, 'failed'])
      expect(findings.browser?.fix).toContain('BCT_CHROMIUM_PATH')
    }))

  it('[C27] what hangs is given up, and what throws is told with its fix', async () => {
    const clock = createFakeClock(0)
    const patient = { ...patientWith({}), clock }
    const hanging = runCheck({ name: 'x', look: () => new Promise(() => {}) }, patient)
    await settled()
    await clock.advance(30_000)
    expect(await hanging).toMatchObject({ name: 'x', result: 'failed', says: 'no answer within 30 s' })
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const throwing = { name: 'x', look: () => Promise.reject(full) }
    expect(await runCheck(throwing, patient)).toMatchObject({ result: 'failed', fix: 'free some disk space' })
    expect(await runCheck({ name: 'x', look: async () => ok('well') }, patient)).toMatchObject({
      result: 'ok',
    })
  })
})

for (const { name, start } of TEST_SERVERS) {
  describe(`the database: ${name}`, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())

    it('[C27] is looked at and left as it is: made, not made, refused', async () => {
      const { host, port, user, password, database } = server.connection
      const at = `${encodeURIComponent(String(user))}:${encodeURIComponent(String(password ?? ''))}`
      const databaseUrl = `postgres://${at}@localhost:${port}/${database}?host=${encodeURIComponent(String(host))}`
      const patient = patientWith({}, { databaseUrl, dbSchema: `doctor_${process.pid}` })
      const schema = storeSchema(patient.config, 'live')
      const look = () => runCheck(check('database'), patient)
      expect(await look()).toMatchObject({ result: 'ok', says: expect.stringContaining('no of ') })
      const client = new pg.Client(server.connection)
      await client.connect()
      expect((await client.query(`SELECT to_regnamespace('${schema}') AS made`)).rows).toEqual([
        { made: null },
      ])
      await migrate(client, schema)
      expect(await look()).toMatchObject({
        result: 'ok',
        says: expect.stringMatching(/(\d+) of \1 migrations$/),
      })
      await client.query(`DROP SCHEMA ${schema} CASCADE`)
      await client.end()
      const nowhere = patientWith({}, { databaseUrl: databaseUrl.replace(`/${database}?`, '/nowhere?') })
      expect(await runCheck(check('database'), nowhere)).toMatchObject({
        result: 'failed',
        fix: expect.stringContaining('databaseUrl'),
      })
    })
  })
}
