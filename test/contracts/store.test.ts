// The contracts of Store, History and PageCache, on the fake and on real PostgreSQL.
import { afterAll, beforeAll, describe } from 'vitest'
import { createFakeStore } from '../fakes/store.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { historyContract } from './history.ts'
import { pageCacheContract } from './page-cache.ts'
import { type StoreUnderTest, storeContract } from './store.ts'

function contracts(target: StoreUnderTest): void {
  storeContract(target)
  historyContract(target)
  pageCacheContract(target)
}

describe('in memory', () => {
  contracts({ open: async options => createFakeStore(options) })
})

for (const { name, start } of TEST_SERVERS) {
  describe(name, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())
    contracts({ open: options => server.open(options) })
  })
}
