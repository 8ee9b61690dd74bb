// The contracts of Store, History, PageCache and of what delivers alerts, on the fake and on real PostgreSQL.
import { afterAll, beforeAll, describe } from 'vitest'
import { createFakeStore } from '../fakes/store.ts'
import { TEST_SERVERS, type TestServer } from '../support/postgres.ts'
import { alertBookContract } from './alert-book.ts'
import { breakdownContract } from './breakdown.ts'
import { historyContract } from './history.ts'
import { outboxContract } from './outbox.ts'
import { pageCacheContract } from './page-cache.ts'
import { type StoreUnderTest, storeContract } from './store.ts'
import { subscribersContract } from './subscribers.ts'

function contracts(target: StoreUnderTest): void {
  storeContract(target)
  historyContract(target)
  breakdownContract(target)
  pageCacheContract(target)
  alertBookContract(target)
  subscribersContract(target)
  outboxContract(target)
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
