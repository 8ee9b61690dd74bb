// The contracts of Store, History and PageCache on hypertables, fresh and compressed as soon as written.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { historyContract } from '../contracts/history.ts'
import { pageCacheContract } from '../contracts/page-cache.ts'
import { type AnyStore, type StoreUnderTest, storeContract } from '../contracts/store.ts'
import type { TestServer } from '../support/postgres.ts'
import { compressAll, TIMESCALE_SERVERS, withClient } from '../support/timescale.ts'

test('a server with TimescaleDB takes part', () => {
  expect(TIMESCALE_SERVERS.map(server => server.name)).not.toEqual([])
})

function contracts(target: StoreUnderTest): void {
  storeContract(target)
  historyContract(target)
  pageCacheContract(target)
}

for (const { name, start, isOneSession } of TIMESCALE_SERVERS) {
  describe(name, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())
    contracts({ open: options => server.open(options), isOneSession })

    describe('with every chunk compressed after every write', () => {
      const open = async (options?: { readonly retentionDays?: number }): Promise<AnyStore> => {
        const store = await server.open(options)
        const schema = server.schemaOf(store)
        return {
          ...store,
          async write(batch) {
            await store.write(batch)
            await withClient(server, schema, compressAll)
          },
        }
      }
      contracts({ open, isOneSession })
    })
  })
}
