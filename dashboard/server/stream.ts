// The plain WebSocket for scripts: one JSON message per basket, resumable, never lossy; too slow is told so.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { EventLog } from '../../infra/ports.ts'
import type { SalesFilter } from '../../schemas/history.ts'
import { DAY_MS } from '../../schemas/time.ts'
import type { StreamMessage } from '../core/api.ts'
import { formatCursor, type Positions, parseCursor } from '../core/cursor.ts'
import { matchesFilter } from '../core/items.ts'
import type { LiveHub } from './hub.ts'
import { entryOf, type Present } from './intake.ts'
import { BadRequest, FILTER_PARAMS, readParams, readTime, readView } from './params.ts'
import type { RingEntry } from './ring.ts'
import type { Connections } from './security.ts'

export const STREAM_PATH = '/api/v1/stream'
/** Close codes of our own, from the range that WebSocket leaves to applications. */
export const CLOSE_TOO_SLOW = 4408
export const CLOSE_FAILED = 4500
export const CLOSE_GOING_AWAY = 1001

/** Unsent text that one reader may have waiting: some 1,500 baskets. */
const MAX_BUFFERED_BYTES = 1_000_000
/** Scripts have nothing to say; this leaves room for a stray hello. */
const MAX_PAYLOAD_BYTES = 10_000
const HEARTBEAT_MS = 30_000
const REPLAY_RECORDS = 500
/** Further back is for `/api/v1/sales` and the export. */
const MAX_SINCE_MS = DAY_MS

export interface StreamOptions {
  readonly log: EventLog
  readonly hub: LiveHub
  readonly present: Present
  readonly scope: () => string
  /** The watermark, or the clock where there is none. */
  readonly nowMs: () => number
  readonly connections: Connections
  readonly onError: (what: string, error: unknown) => void
  /** A reader was closed because it did not keep up. */
  readonly onSlow: () => void
}

interface Asked {
  readonly filter: SalesFilter
  readonly positions: Positions
  /** Older baskets are not sent. */
  readonly sinceMs: number
}

export interface Stream {
  /** Answers an upgrade; rejects with `BadRequest` before anything was written. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  count(): number
  /** Tells every reader that the server stops. */
  close(): void
  /** Cuts off who did not go. */
  terminate(): void
}

async function readAsked(url: string, { log, hub, scope, nowMs }: StreamOptions): Promise<Asked> {
  const params = readParams(url, [...FILTER_PARAMS, 'cursor', 'since'])
  const sinceMs = readTime(params, 'since')
  const cursor = params.get('cursor')
  params.delete('cursor')
  params.delete('since')
  const { filter } = readView(params)
  const asked = { filter, sinceMs: sinceMs ?? 0 }
  if (cursor !== null && sinceMs !== null) throw new BadRequest('since', 'give cursor or since, not both')
  const partitions = hub.end().length
  if (cursor !== null) {
    const positions = parseCursor(cursor, scope(), partitions)
    const isAhead = positions?.some((offset, p) => offset > hub.end()[p]!)
    if (positions === null || isAhead) {
      throw new BadRequest('cursor', 'cursor is not of this log; begin without one, or with since')
    }
    return { ...asked, positions }
  }
  if (sinceMs === null) return { ...asked, positions: hub.end() }
  if (sinceMs < nowMs() - MAX_SINCE_MS) {
    throw new BadRequest('since', 'since may lie one day back; for older sales ask /api/v1/sales')
  }
  const places = Array.from({ length: partitions }, (_, p) => log.offsetAtTime('sales', p, sinceMs))
  // What the log has but the hub has not published yet comes as a frame.
  const positions = (await Promise.all(places)).map((offset, p) => Math.min(offset, hub.end()[p]!))
  return { ...asked, positions }
}

/** The message of one basket, or null where none of its items fit. */
export function messageOf(
  entry: RingEntry,
  { filter, sinceMs }: Pick<Asked, 'filter' | 'sinceMs'>,
  cursor: string,
): StreamMessage | null {
  const items = entry.items.filter(item => matchesFilter(item, filter))
  if (items.length === 0 || entry.soldAtMs < sinceMs) return null
  const { amended, basketId, soldAtMs } = entry
  return {
    cursor,
    amended,
    basketId,
    soldAtMs,
    items: items.map(item => ({ ...item, tags: [...item.tags] })),
  }
}

/** Sends everything behind the asked place, at the reader's pace; returns the place where nothing is left. */
async function replay(ws: WebSocket, asked: Asked, options: StreamOptions): Promise<number[]> {
  const { log, hub, present } = options
  const positions = [...asked.positions]
  const seen = new Set<string>()

  async function send(entry: RingEntry): Promise<void> {
    positions[entry.partition] = entry.offset + 1
    // What a crash wrote twice is sent once.
    if (!entry.amended && seen.has(entry.basketId)) return
    seen.add(entry.basketId)
    const text = textOf(entry, asked, options, positions)
    if (text !== null) await new Promise<void>(resolve => ws.send(text, () => resolve()))
  }

  /** A page of the log that memory does not hold any more. */
  async function sendPage(partition: number): Promise<void> {
    const from = positions[partition]!
    const most = Math.min(hub.end()[partition]! - from, REPLAY_RECORDS)
    if (most <= 0) return
    const batch = await log.read('sales', partition, from, most)
    for (const [i, record] of batch.records.entries()) {
      const entry = entryOf(record, partition, batch.firstOffset + i, present)
      if (entry !== null) await send(entry)
    }
    positions[partition] = batch.firstOffset + batch.records.length
  }

  while (ws.readyState === ws.OPEN) {
    const missed = hub.after(positions)
    if (missed?.length === 0) break
    if (missed === null) for (let p = 0; p < positions.length; p++) await sendPage(p)
    else for (const entry of missed) await send(entry)
  }
  return positions
}

function textOf(
  entry: RingEntry,
  asked: Asked,
  { scope }: StreamOptions,
  positions: Positions,
): string | null {
  const message = messageOf(entry, asked, formatCursor(scope(), positions))
  return message === null ? null : JSON.stringify(message)
}

/** Sends one reader what it asked for until it closes: what it missed, then what comes. */
async function serve(ws: WebSocket, asked: Asked, options: StreamOptions): Promise<void> {
  const positions = await replay(ws, asked, options)
  // No await between the last look at memory and this: no frame can fall between the two.
  const stop = options.hub.onFrame(({ entries }) => {
    for (const entry of entries) {
      positions[entry.partition] = entry.offset + 1
      const text = textOf(entry, asked, options, positions)
      if (text !== null) ws.send(text)
    }
    if (ws.bufferedAmount > MAX_BUFFERED_BYTES) {
      stop()
      options.onSlow()
      ws.close(CLOSE_TOO_SLOW, 'too slow: come back with the last cursor')
      // The close frame waits behind what is not read; who reads nothing is cut off.
      setTimeout(() => ws.terminate(), HEARTBEAT_MS).unref()
    }
  })
  ws.on('close', stop)
}

/** Cuts off readers that did not answer the last ping. */
function startHeartbeat(server: WebSocketServer): () => void {
  const waiting = new WeakSet<WebSocket>()
  server.on('connection', ws => ws.on('pong', () => waiting.delete(ws)))
  const timer = setInterval(() => {
    for (const ws of server.clients) {
      if (waiting.has(ws)) {
        ws.terminate()
        continue
      }
      waiting.add(ws)
      ws.ping()
    }
  }, HEARTBEAT_MS)
  timer.unref()
  return () => clearInterval(timer)
}

export function startStream(options: StreamOptions): Stream {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
  })
  const stopHeartbeat = startHeartbeat(server)

  return {
    async upgrade(req, socket, head) {
      const asked = await readAsked(req.url ?? '/', options)
      server.handleUpgrade(req, socket, head, ws => {
        server.emit('connection', ws, req)
        ws.on('close', options.connections.open(req))
        ws.on('error', () => ws.terminate())
        serve(ws, asked, options).catch(error => {
          options.onError('dashboard: a stream', error)
          ws.close(CLOSE_FAILED, 'failed: come back with the last cursor')
        })
      })
    },
    count: () => server.clients.size,
    close() {
      stopHeartbeat()
      for (const ws of server.clients) ws.close(CLOSE_GOING_AWAY, 'the server stops')
      server.close()
    },
    terminate() {
      for (const ws of server.clients) ws.terminate()
    },
  }
}
