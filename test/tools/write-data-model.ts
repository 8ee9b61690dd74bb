// `npm run data-model`: writes docs/data-model.md from the tables that the migrations make.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../infra/postgres/embedded.ts'
import { migrate } from '../../infra/postgres/migrations.ts'
import { dataModelPage } from './data-model.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'bct-model-'))
const server = await startEmbeddedPostgres({ dataDir })
const client = new pg.Client(server.connection)
try {
  await client.connect()
  await migrate(client, 'bct')
  writeFileSync(join(import.meta.dirname, '../../docs/data-model.md'), await dataModelPage(client, 'bct'))
} finally {
  await client.end()
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
