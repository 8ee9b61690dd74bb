// Replays in a database: what there is, what differs from the live tables, and how they take their place.
import type pg from 'pg'
import type { Lease } from '../../ports.ts'
import { acquireLease } from '../lease.ts'
import { withOutages } from '../outage.ts'
import { createPool, usingClient } from '../pool.ts'
import { diffReplay, hasLive, type ReplayDiff } from './diff.ts'
import { type Promotion, promoteReplay } from './promote.ts'
import {
  type Begun,
  beginReplay,
  contentsOf,
  dropReplay,
  finishReplay,
  listReplays,
  type ReplayInfo,
  type ReplayParams,
  readReplay,
} from './registry.ts'

export interface Replays {
  list(): Promise<readonly ReplayInfo[]>
  /** `undefined`: no such schema. `null`: a schema that is not a replay's. */
  read(name: string): Promise<ReplayInfo | null | undefined>
  /** Makes or finds the schema of a replay; `untilMs` is the watermark at which it is whole. */
  begin(name: string, params: ReplayParams, untilMs: number): Promise<Begun>
  finish(name: string): Promise<void>
  contents(name: string): ReturnType<typeof contentsOf>
  /** False where the live schema has no tables yet. */
  hasLive(live: string): Promise<boolean>
  /** `limit` rows at most are shown. */
  diff(info: ReplayInfo, limit: number): Promise<ReplayDiff>
  /** See `promoteReplay`. */
  promote(info: ReplayInfo, closedMs: number, dryRun: boolean): Promise<Promotion>
  /** One at a time works on a replay; null where the signal aborts first. */
  lease(name: string, signal: AbortSignal): Promise<Lease | null>
  drop(name: string): Promise<void>
  close(): Promise<void>
}

/** Every question uses one connection; two are asked at once at most. */
const CONNECTIONS = 2

export function openReplays(connection: pg.ClientConfig): Replays {
  const pool = createPool(connection, CONNECTIONS, `SET timezone TO 'UTC'`)
  const using = <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withOutages(() => usingClient(pool, work))
  return {
    list: () => using(listReplays),
    read: name => using(client => readReplay(client, name)),
    begin: (name, params, untilMs) => using(client => beginReplay(client, name, params, untilMs)),
    finish: name => using(client => finishReplay(client, name)),
    contents: name => using(client => contentsOf(client, name)),
    hasLive: live => using(client => hasLive(client, live)),
    diff: (info, limit) => using(client => diffReplay(client, info, limit)),
    promote: (info, closedMs, dryRun) => using(client => promoteReplay(client, info, closedMs, dryRun)),
    drop: name => using(client => dropReplay(client, name)),
    lease: async (name, signal) => {
      try {
        return await acquireLease(connection, name, 'replay', signal)
      } catch (error) {
        if (signal.aborted) return null
        throw error
      }
    },
    close: () => pool.end(),
  }
}
