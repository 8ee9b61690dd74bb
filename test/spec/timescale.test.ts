// What is asked of a server before anything is made there: its version, and TimescaleDB where it is wanted.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endingOf } from '../../infra/main/errors.ts'
import { SetupError } from '../../infra/ports.ts'
import { asSetupError, checkServerVersion } from '../../infra/postgres/setup.ts'
import { openPostgresStore } from '../../infra/postgres/store.ts'
import { layTimescale, type TimescaleMode } from '../../infra/postgres/timescale.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'

const LATER = 'or set timescale to auto for plain tables (BCT_TIMESCALE=auto)'

/** The rejection of `task`, which must be one. */
const refusal = (task: Promise<unknown>) =>
  task.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error,
  )

for (const { name, start } of TEST_SERVERS) {
  describe(`the setup of ${name}`, () => {
    let server: TestServer
    let client: pg.Client
    beforeAll(async () => {
      server = await start()
      client = new pg.Client(server.connection)
      await client.connect()
    })
    afterAll(async () => {
      await client.end()
      await server.stop()
    })

    /** The same server with another extension in its catalogue. */
    const offering = (extension: {
      readonly offered: string | null
      readonly installed: string | null
      readonly license?: string
    }) =>
      ({
        query: (text: string, values?: unknown[]) =>
          text.includes('pg_available_extensions')
            ? Promise.resolve({ rows: [{ functions: null, license: null, ...extension }] })
            : client.query(text, values),
      }) as pg.Client

    it('[S23] opens plain tables unasked, and refuses in a sentence where TimescaleDB is asked for', async () => {
      const said: string[] = []
      const say = (text: string) => said.push(text)
      expect((await server.open({ timescale: 'auto', say })).timescale).toBeNull()
      expect((await server.open({ timescale: 'off', say })).timescale).toBeNull()
      const ending = endingOf(await refusal(server.open({ timescale: 'on', say })))
      expect(ending).toEqual({
        exitCode: 5,
        bug: false,
        message: 'this server has no TimescaleDB',
        fix: `install TimescaleDB 2.14 or newer and name it in shared_preload_libraries, ${LATER}`,
      })
      expect(said).toEqual([])
    })

    const UNFIT = [
      {
        extension: { offered: '2.23.0', installed: '2.9.3' },
        reason: 'TimescaleDB 2.9.3 is too old: 2.14 or newer is needed',
        fix: `run ALTER EXTENSION timescaledb UPDATE as the first command of a new session, ${LATER}`,
      },
      {
        extension: { offered: '2.13.1', installed: null },
        reason: 'TimescaleDB 2.13.1 is too old: 2.14 or newer is needed',
        fix: `install TimescaleDB 2.14 or newer and name it in shared_preload_libraries, ${LATER}`,
      },
      {
        extension: { offered: '2.23.0', installed: '2.23.0', license: 'apache' },
        reason: 'TimescaleDB runs under its Apache licence, which leaves compression out',
        fix: `set timescaledb.license = 'timescale' on the server, ${LATER}`,
      },
      {
        // The catalogue offers what the server then cannot load.
        extension: { offered: '2.23.0', installed: null },
        reason: expect.stringMatching(/^TimescaleDB cannot be switched on: .*timescaledb/),
        fix: `let a superuser run CREATE EXTENSION timescaledb in this database, ${LATER}`,
      },
    ] as const

    it.each(UNFIT)('[S23] says why TimescaleDB cannot serve and what to do: $extension', async unfit => {
      const store = await server.open({ timescale: 'off' })
      const lay = (mode: TimescaleMode, say: (text: string) => void) =>
        layTimescale(offering(unfit.extension), server.schemaOf(store), mode, say)
      expect(await refusal(lay('on', () => {}))).toMatchObject({ message: unfit.reason, fix: unfit.fix })
      const said: string[] = []
      expect(await lay('auto', text => said.push(text))).toBeNull()
      expect(said).toEqual([expect.stringMatching(/; the history stays in plain tables$/)])
      const tables = await client.query(
        `SELECT FROM pg_tables WHERE schemaname = $1 AND tablename ~ 'times'`,
        [server.schemaOf(store)],
      )
      expect(tables.rowCount).toBe(0)
    })

    it('[S23] refuses a PostgreSQL that is too old before it makes anything', async () => {
      const old = (num: number, text: string) =>
        ({ query: async () => ({ rows: [{ num, text }] }) }) as unknown as pg.Client
      await checkServerVersion(client)
      await checkServerVersion(old(150_000, '15.0'))
      expect(await refusal(checkServerVersion(old(140_015, '14.15 (Debian)')))).toMatchObject({
        name: 'SetupError',
        message: 'this server is PostgreSQL 14.15 (Debian); version 15 or newer is needed',
        fix: 'upgrade the server, or leave databaseUrl empty to use the embedded one',
      })
    })

    it('[S23] tells a refused user or database from an outage', async () => {
      const open = (over: pg.ClientConfig) =>
        openPostgresStore({ connection: { ...server.connection, ...over }, schema: 'never' })
      const nowhere = await refusal(open({ database: 'nowhere' }))
      expect(nowhere).toBeInstanceOf(SetupError)
      expect(endingOf(nowhere)).toMatchObject({
        exitCode: 5,
        message: 'PostgreSQL refuses: database "nowhere" does not exist',
        fix: 'check the user, password and database in databaseUrl (BCT_DATABASE_URL)',
      })
      expect(await refusal(open({ user: 'nobody-at-all' }))).toBeInstanceOf(SetupError)
      await client.query('CREATE ROLE humble LOGIN')
      expect(endingOf(await refusal(open({ user: 'humble' })))).toMatchObject({ exitCode: 5, bug: false })
      await client.query('DROP ROLE humble')
      expect(asSetupError(new TypeError('ours'))).toBeInstanceOf(TypeError)
    })
  })
}
