// Migrations: forward only, once, and never over a schema that is not what it seems.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIGRATIONS, migrate } from '../../infra/postgres/migrations.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { dataModelPage } from '../tools/data-model.ts'

const one = { name: '0001-a', sql: 'CREATE TABLE a (x int)' }
const two = { name: '0002-b', sql: 'CREATE TABLE b (x int)' }

for (const { name, start } of TEST_SERVERS) {
  describe(`migrations on ${name}`, () => {
    let server: TestServer
    let client: pg.Client
    beforeAll(async () => {
      server = await start()
      client = new pg.Client(server.connection)
      await client.connect()
    })
    afterAll(async () => {
      await client.query('DROP SCHEMA IF EXISTS "migr ate""d" CASCADE; DROP SCHEMA IF EXISTS twice CASCADE')
      await client.end()
      await server.stop()
    })
    const schema = 'migr ate"d'
    const tables = async () => {
      const { rows } = await client.query<{ tablename: string }>(
        'SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1',
        [schema],
      )
      return rows.map(r => r.tablename)
    }

    it('[S14] applies what is missing, once, in order', async () => {
      await migrate(client, schema, [one])
      await migrate(client, schema, [one])
      await migrate(client, schema, [one, two])
      expect(await tables()).toEqual(['a', 'b', 'migrations'])
    })

    it('[S28] are drawn in docs/data-model.md, every table and column', async () => {
      await migrate(client, 'twice')
      const page = readFileSync(join(import.meta.dirname, '../../docs/data-model.md'), 'utf8')
      expect(await dataModelPage(client, 'twice')).toBe(page)
      await client.query('DROP SCHEMA twice CASCADE')
    })

    it('[S14] refuses a migration whose content has changed, and changes nothing', async () => {
      const third = { name: '0003-c', sql: 'CREATE TABLE c (x int)' }
      const drifted = { ...two, sql: `${two.sql} ` }
      await expect(migrate(client, schema, [one, drifted, third])).rejects.toThrow(/drifted/)
      expect(await tables()).toEqual(['a', 'b', 'migrations'])
    })

    it('[S14] refuses a schema that is newer than the program', async () => {
      await expect(migrate(client, schema, [one])).rejects.toThrow(/newer than this program/)
    })

    it('[S14] leaves no half of a migration that fails', async () => {
      const broken = { name: '0003-c', sql: 'CREATE TABLE c (x int); SELECT nonsense' }
      await expect(migrate(client, schema, [one, two, broken])).rejects.toThrow()
      expect(await tables()).toEqual(['a', 'b', 'migrations'])
      await migrate(client, schema, [one, two, { ...broken, sql: 'CREATE TABLE c (x int)' }])
      expect(await tables()).toEqual(['a', 'b', 'c', 'migrations'])
    })

    it('[S14] lets processes that start together take turns', async () => {
      const other = new pg.Client(server.connection)
      await other.connect()
      await Promise.all([migrate(client, 'twice', MIGRATIONS), migrate(other, 'twice', MIGRATIONS)])
      await other.end()
    })

    it('[S15] has the time in every primary key of a table over time', async () => {
      const { rows } = await client.query<{ tablename: string; key: string }>(
        `SELECT c.relname AS tablename, pg_get_indexdef(i.indexrelid) AS key FROM pg_index i
         JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'twice' AND i.indisunique`,
      )
      const withTime = rows.filter(r => /(_at)\b/.test(r.key)).map(r => r.tablename)
      expect(withTime.sort()).toEqual(
        [
          'artist_days',
          'gaps',
          'item_days',
          'sale_hours',
          'sale_items',
          'sales',
          'windows_1d',
          'windows_1h',
          'windows_1m',
        ].sort(),
      )
    })
  })
}
