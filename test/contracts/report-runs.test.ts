// The contract of the book of reports, in memory and on PostgreSQL.
import { afterAll, beforeAll, describe } from 'vitest'
import { createFakeReportRuns } from '../fakes/report-runs.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { reportRunsContract } from './report-runs.ts'

describe('in memory', () => {
  reportRunsContract({ open: async () => createFakeReportRuns() })
})

for (const { name, start } of TEST_SERVERS) {
  describe(name, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())
    reportRunsContract({ open: async () => (await server.open()).reportRuns })
  })
}
