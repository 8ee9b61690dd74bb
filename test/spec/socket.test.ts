// Chapter: the live line. Nothing missed, nothing twice, however often the line breaks.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import type { StreamMessage } from '../../dashboard/core/api.ts'
import { soldItemsOf } from '../../dashboard/core/items.ts'
import type { Dashboard } from '../../dashboard/server/dashboard.ts'
import { MAX_CATCH_UP_ITEMS, MAX_FRAME_ITEMS } from '../../dashboard/server/sockets.ts'
import { systemClock } from '../../infra/system/clock.ts'
import type { Sale } from '../../schemas/records.ts'
import { HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import {
  type Browser,
  browse,
  createWorld,
  NOON_MS,
  next,
  type Overrides,
  openDashboard,
  saleOf,
  until,
  type World,
} from './api-kit.ts'

const GENRES = ['metal', 'ambient', null] as const

let world: World
let dashboard: Dashboard | null = null
const sockets: Browser[] = []
const readers: WebSocket[] = []

beforeEach(() => {
  world = createWorld(3)
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  for (const reader of readers.splice(0)) reader.terminate()
  await dashboard?.close()
  dashboard = null
})

/** Frames are a tenth of a second apart: here they run on the machine's clock. */
/** Shortly after what is sold here, on whatever day the test runs; it sleeps as long as people do. */
const clock = { ...systemClock, nowMs: () => NOON_MS + HOUR_MS }

async function open(change: Overrides = {}): Promise<void> {
  dashboard = await openDashboard(world, { clock, ...change })
}

async function connect(headers: Record<string, string> = {}): Promise<Browser> {
  const socket = await browse(dashboard!.url, headers)
  sockets.push(socket)
  return socket
}

/** `count` sales from number `first` on, one to three items each, of three genres. */
const salesFrom = (first: number, count: number): Sale[] =>
  Array.from({ length: count }, (_, i) => {
    const n = first + i
    const items = Array.from({ length: 1 + (n % 3) }, (_, k) => ({ genre: GENRES[(n + k) % 3]! }))
    return saleOf(`b${n}`, NOON_MS + n * 1_000, ...items)
  })

const idsOf = (sales: readonly Sale[], genre?: string): string[] =>
  sales
    .flatMap(soldItemsOf)
    .filter(item => genre === undefined || item.genre === genre)
    .map(item => item.id)
    .sort()

describe('a browser', () => {
  test('[A10] gets each sale of its filter once, across breaks at any moment', async () => {
    await open()
    const breaks = fc.array(fc.record({ told: fc.nat(12), waits: fc.boolean() }), {
      minLength: 2,
      maxLength: 8,
    })
    let first = 0
    await fc.assert(
      fc.asyncProperty(breaks, async plan => {
        const told: Sale[] = []
        const got: string[] = []
        let cursor: string | null = null
        const listen = async (): Promise<Browser> => {
          const socket = await browse(dashboard!.url)
          const begun = next(socket, 'sales')
          socket.on('sales', message => {
            got.push(...message.items.map(item => item.id))
            cursor = message.cursor
          })
          socket.emit('subscribe', { query: 'range=1h&genre=metal', cursor })
          await begun
          return socket
        }
        let socket = await listen()
        for (const { told: count, waits } of plan) {
          const sales = salesFrom(first, count)
          first += count
          told.push(...sales)
          await world.tell(...sales)
          if (waits) await until(() => got.length >= idsOf(told, 'metal').length)
          socket.close()
          socket = await listen()
        }
        await until(() => got.length >= idsOf(told, 'metal').length)
        socket.close()
        expect(got.sort()).toEqual(idsOf(told, 'metal'))
      }),
      { numRuns: 12 },
    )
  })

  test('[A11] goes on from the view it loaded: what came between the two is not missed', async () => {
    await world.tell(...salesFrom(0, 5))
    await open()
    const view = (await (await fetch(`${dashboard!.url}/api/v1/view`)).json()) as {
      cursor: string
      recent: { id: string }[]
    }
    expect(view.recent.map(item => item.id).sort()).toEqual(idsOf(salesFrom(0, 5)))
    await world.tell(...salesFrom(5, 5))
    const socket = await connect()
    const got: string[] = []
    socket.on('sales', ({ items }) => void got.push(...items.map(item => item.id)))
    socket.emit('subscribe', { query: '', cursor: view.cursor })
    await until(() => got.length >= idsOf(salesFrom(5, 5)).length)
    expect(got.sort()).toEqual(idsOf(salesFrom(5, 5)))
  })

  test('[A12] a restarted server goes on from the cursor that the old one gave', async () => {
    await world.tell(...salesFrom(0, 5))
    await open()
    const before = await connect()
    before.emit('subscribe', { query: '', cursor: null })
    const { cursor } = await next(before, 'sales')
    await dashboard!.close()
    await world.tell(...salesFrom(5, 5))
    await open()
    const socket = await connect()
    socket.emit('subscribe', { query: '', cursor })
    const { items } = await next(socket, 'sales')
    expect(items.map(item => item.id).sort()).toEqual(idsOf(salesFrom(5, 5)))
  })

  test('an amended sale comes again under its id, with what is known now', async () => {
    await open()
    const socket = await connect()
    socket.emit('subscribe', { query: 'genre=ambient', cursor: null })
    await next(socket, 'sales')
    const unknown = saleOf('b', NOON_MS, { genre: null })
    await world.tell(unknown)
    const amended = next(socket, 'sales')
    await world.tell({ kind: 'amend', sale: saleOf('b', NOON_MS, { genre: 'ambient' }) })
    expect((await amended).items).toMatchObject([{ id: 'b/0', genre: 'ambient' }])
  })

  test('[A13] a basket that a crash wrote twice is shown once', async () => {
    await open()
    const socket = await connect()
    const got: string[] = []
    socket.on('sales', ({ items }) => void got.push(...items.map(item => item.id)))
    socket.emit('subscribe', { query: '', cursor: null })
    await next(socket, 'sales')
    const [sale] = salesFrom(0, 1)
    await world.tell(sale!)
    await until(() => got.length === 1)
    await world.tell(sale!, sale!, saleOf('last', NOON_MS))
    await until(() => got.includes('last/0'))
    expect(got).toEqual(['b0/0', 'last/0'])
  })

  test.each([
    ['of another log', 'simulated.0.0.0'],
    ['from beyond the end', 'live.zz.zz.zz'],
    ['that is none', '; drop table'],
    ['with too few partitions', 'live.0'],
  ])('a cursor %s means: load the view again', async (_, cursor) => {
    await open()
    const socket = await connect()
    const reset = next(socket, 'reset')
    socket.emit('subscribe', { query: '', cursor })
    await reset
  })

  test('who missed more than can be read loads the view again', async () => {
    await open()
    const socket = await connect()
    socket.emit('subscribe', { query: '', cursor: null })
    const { cursor } = await next(socket, 'sales')
    socket.close()
    await world.tell(...salesFrom(0, MAX_CATCH_UP_ITEMS))
    const later = await connect()
    const reset = next(later, 'reset')
    later.emit('subscribe', { query: '', cursor })
    await reset
  })

  test('a burst keeps the newest of a frame and says how many were left out', async () => {
    await open()
    const socket = await connect()
    socket.emit('subscribe', { query: '', cursor: null })
    await next(socket, 'sales')
    const sales = Array.from({ length: MAX_FRAME_ITEMS + 50 }, (_, i) => saleOf(`b${i}`, NOON_MS + i))
    const burst = next(socket, 'sales')
    await world.tell(...sales)
    const { items, leftOut } = await burst
    expect([items.length, leftOut]).toEqual([MAX_FRAME_ITEMS, 50])
  })

  test('[A14] new numbers come when the watermark moves, and with them the status', async () => {
    await world.keep(salesFrom(0, 1))
    await open({ clock: world.clock })
    const socket = await connect()
    const first = next(socket, 'summary')
    socket.emit('subscribe', { query: 'range=1h', cursor: null })
    expect((await first).watermarkMs).toBe(NOON_MS)
    const second = next(socket, 'summary')
    const seen: (number | null)[] = []
    socket.on('status', status => void seen.push(status.watermarkMs))
    await world.keep(salesFrom(1, 3), NOON_MS + MINUTE_MS)
    await world.clock.advance(1_000)
    expect(await second).toMatchObject({ watermarkMs: NOON_MS + MINUTE_MS, now: { items: 7 } })
    await world.clock.advance(1_000)
    await until(() => seen.at(-1) === NOON_MS + MINUTE_MS)
  })

  test('a wrong subscription is answered with what is wrong', async () => {
    await open()
    const socket = await connect()
    const problem = next(socket, 'problem')
    socket.emit('subscribe', { query: 'range=2h', cursor: null })
    expect((await problem).error).toMatchObject({ code: 'bad-query', parameter: 'range' })
    const other = next(socket, 'problem')
    socket.emit('subscribe', 'hello' as never)
    expect((await other).error.code).toBe('bad-query')
  })
})

describe('who may connect', () => {
  const status = (path: string, origin?: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const url = dashboard!.url.replace('http', 'ws') + path
      const ws = new WebSocket(url, origin === undefined ? {} : { origin })
      readers.push(ws)
      ws.on('unexpected-response', (_req, res) => resolve(res.statusCode ?? 0))
      ws.on('open', () => resolve(101))
      ws.on('error', reject)
    })

  test('[A15] a foreign page gets no socket of either kind; our own pages and scripts do', async () => {
    await open({ options: { allowedOrigins: ['https://music.example'] } })
    const { host, port } = new URL(dashboard!.url)
    for (const path of ['/api/v1/stream', '/socket.io/?EIO=4&transport=websocket']) {
      expect(await status(path, 'https://evil.example'), path).toBe(403)
      expect(await status(path, `http://evil.example:${port}`), path).toBe(403)
      expect(await status(path, 'null'), path).toBe(403)
      expect(await status(path, 'https://music.example'), path).toBe(101)
      expect(await status(path, `http://${host}`), path).toBe(101)
      expect(await status(path), path).toBe(101)
    }
    const polling = `${dashboard!.url}/socket.io/?EIO=4&transport=polling`
    expect((await fetch(polling, { headers: { origin: 'https://evil.example' } })).status).toBe(403)
    expect(await status('/elsewhere')).toBe(404)
  })

  test('a name that a stranger pointed at this machine does not make a page our own', async () => {
    await open()
    const { port } = new URL(dashboard!.url)
    const origin = `http://evil.example:${port}`
    await expect(browse(dashboard!.url, { origin, host: `evil.example:${port}` })).rejects.toThrow()
  })
})

describe('a script', () => {
  interface Reader {
    readonly ws: WebSocket
    readonly messages: StreamMessage[]
  }
  const read = (query: string): Promise<Reader> => {
    const ws = new WebSocket(`${dashboard!.url.replace('http', 'ws')}/api/v1/stream${query}`)
    readers.push(ws)
    const messages: StreamMessage[] = []
    ws.on('message', data => void messages.push(JSON.parse(String(data)) as StreamMessage))
    return new Promise((resolve, reject) => {
      ws.on('open', () => resolve({ ws, messages }))
      ws.on('error', reject)
    })
  }
  const idsRead = (messages: readonly StreamMessage[]): string[] =>
    messages.flatMap(message => message.items.map(item => item.id)).sort()

  test('[A16] may stop behind any message and goes on right there', async () => {
    // By the calendar the sales of this test are older than a stream reads back to.
    await open({ clock: { ...systemClock, nowMs: () => NOON_MS + HOUR_MS } })
    await world.tell(...salesFrom(0, 10))
    const sales = salesFrom(0, 60)
    const origin = await read(`?since=${new Date(NOON_MS).toISOString()}`)
    await world.tell(...sales.slice(10))
    await until(() => origin.messages.length === 60)
    for (const stop of [0, 7, 31, 58]) {
      const { cursor } = origin.messages[stop]!
      const reader = await read(`?cursor=${cursor}`)
      const rest = origin.messages.slice(stop + 1)
      await until(() => reader.messages.length >= rest.length)
      const all = [...origin.messages.slice(0, stop + 1), ...reader.messages]
      expect(idsRead(all)).toEqual(idsOf(sales))
    }
  })

  test('[A17] reads back further than memory reaches, from the log, in order, without repeats', async () => {
    const sales = salesFrom(0, 7_000)
    await world.tell(...sales.slice(0, 6_500))
    await open()
    const reader = await read(`?since=${new Date(NOON_MS).toISOString()}&genre=metal`)
    await world.tell(...sales.slice(6_500))
    const wanted = idsOf(sales, 'metal')
    await until(() => idsRead(reader.messages).length >= wanted.length)
    expect(idsRead(reader.messages)).toEqual(wanted)
  })

  test.each([
    ['?genre=', 'genre'],
    ['?range=1h', 'range'],
    ['?cursor=live.0.0.zzzz', 'cursor'],
    ['?since=yesterday', 'since'],
    ['?since=2020-01-01T00:00Z', 'since'],
    ['?since=2026-11-22T14:00Z&cursor=live.0.0.0', 'since'],
  ])('%s is refused before the socket opens', async query => {
    await open()
    await expect(read(query)).rejects.toThrow('400')
  })

  test('[A18] who does not read is told to come back, and others do not notice', async () => {
    await open()
    const [slow, quick] = [await read(''), await read('')]
    slow.ws.pause()
    const closed = new Promise<number>(resolve => slow.ws.on('close', resolve))
    const tags = Array.from({ length: 400 }, (_, i) => `a tag that is long enough ${i}`)
    let told = 0
    while (!world.telemetry.of('counted').some(e => e.stage === 'dashboard')) {
      const sales = Array.from({ length: 50 }, () => saleOf(`b${told++}`, NOON_MS, { tags }))
      await world.tell(...sales)
      await until(() => quick.messages.length >= told)
    }
    slow.ws.resume()
    expect(await closed).toBe(4408)
    expect(quick.messages.length).toBe(told)
  })
})

test('[A19] closing says goodbye to everybody and takes less than two seconds', async () => {
  await open()
  const socket = await connect()
  const bye = next(socket, 'bye')
  const gone = new Promise(resolve => socket.once('disconnect', resolve))
  const startMs = performance.now()
  await dashboard!.close()
  expect((await bye).retryAfterMs).toBeGreaterThan(0)
  await gone
  expect(performance.now() - startMs).toBeLessThan(2_000)
})
