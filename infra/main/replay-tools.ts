// What can be done with a replay that is there: list, compare, promote, drop.
import { safeText } from '../../dashboard/core/safe-text.ts'
import { DIMENSIONS } from '../../schemas/keys.ts'
import type { ReplayDiff, RowDiff } from '../postgres/replays/diff.ts'
import type { ReplayInfo } from '../postgres/replays/registry.ts'
import type { Config, Mode } from './config.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import { instantText } from './instant.ts'
import { type Output, table } from './output.ts'
import { openReplayParts, type ReplayParts } from './replay-resources.ts'

interface Request {
  readonly config: Config
  readonly mode: Mode
  readonly output: Output
  readonly json: boolean
}

interface NamedRequest extends Request {
  readonly name: string
}

async function using<T>({ config, mode }: Request, work: (parts: ReplayParts) => Promise<T>): Promise<T> {
  const parts = await openReplayParts(config, mode)
  try {
    return await work(parts)
  } finally {
    await parts.close()
  }
}

/** @throws CommandError where it is not there, or not a replay's. */
async function found({ replays }: ReplayParts, name: string): Promise<ReplayInfo> {
  const info = await replays.read(name)
  if (info === undefined) {
    throw new CommandError(EXIT.notFound, `there is no replay ${name}`, 'see bct replay list')
  }
  if (info !== null) return info
  const fix = 'see bct replay list for those that are'
  throw new CommandError(EXIT.precondition, `schema ${name} was not made by a replay`, fix)
}

async function liveOf({ replays }: ReplayParts, { params }: ReplayInfo): Promise<void> {
  if (await replays.hasLive(params.live)) return
  const fix = 'start the tracker once with bct start, or name the schema with --db-schema'
  throw new CommandError(EXIT.notFound, `there are no live tables in schema ${params.live}`, fix)
}

function stateOf(info: ReplayInfo): string {
  if (info.promotedAtMs !== null) return 'promoted'
  if (info.finishedAtMs === null) return 'interrupted, or under way'
  if (info.upToMs !== null && info.upToMs >= info.params.toMs) return 'complete'
  return 'as far as the log reached'
}

export function listAll(request: Request): Promise<ExitCode> {
  const { output, json } = request
  return using(request, async ({ replays }) => {
    const all = await replays.list()
    if (json) output.json(all.map(info => ({ ...info, state: stateOf(info) })))
    else if (all.length === 0) output.say('there are no replays')
    else {
      const head = ['name', 'mode', 'from', 'to', 'rebuilt', 'state']
      const rows = all.map(info => {
        const { mode, fromMs, toMs, parts } = info.params
        return [info.name, mode, instantText(fromMs), instantText(toMs), parts.join(','), stateOf(info)]
      })
      output.data(table([head, ...rows]))
    }
    return EXIT.ok
  })
}

export function drop(request: NamedRequest): Promise<ExitCode> {
  return using(request, async parts => {
    await found(parts, request.name)
    const lease = await parts.replays.lease(request.name, AbortSignal.timeout(LEASE_WITHIN_MS))
    if (lease === null) {
      throw new CommandError(EXIT.precondition, `a replay is writing into ${request.name}`, 'stop it first')
    }
    try {
      await parts.replays.drop(request.name)
    } finally {
      await lease.release()
    }
    request.output.say(`dropped ${request.name}`)
    return EXIT.ok
  })
}

/** Somebody who works on the replay is waited for so long. */
const LEASE_WITHIN_MS = 2_000

export function diff(request: NamedRequest & { readonly rows: number }): Promise<ExitCode> {
  const { output, json } = request
  return using(request, async parts => {
    const info = await found(parts, request.name)
    await liveOf(parts, info)
    const result = await parts.replays.diff(info, request.rows)
    const isEqual = result.tables.every(t => t.onlyLive + t.onlyReplay + t.changed === 0)
    if (info.finishedAtMs === null)
      output.say(`${info.name} was interrupted: what it lacks counts as different`)
    if (json) output.json({ equal: isEqual, ...result })
    else output.data(diffText(info, result))
    return isEqual ? EXIT.ok : EXIT.failure
  })
}

function diffText({ name, params }: ReplayInfo, { compared, tables, rows }: ReplayDiff): string {
  const head = ['table', `rows in ${params.live}`, `in ${name}`, 'only live', 'only replay', 'changed']
  const lines = tables.map(t =>
    [t.table, t.liveRows, t.replayRows, t.onlyLive, t.onlyReplay, t.changed].map(String),
  )
  const period = `${instantText(compared.fromMs)} to ${instantText(compared.toMs)}`
  const shown = rows.length === 0 ? [] : ['', 'The first rows that differ:', table(rows.map(rowCells))]
  return [`Compared: ${period}`, table([head, ...lines]), ...shown].join('\n')
}

/** What a person needs to find a row, and what the two sides say. */
function rowCells({ table: name, live, replay }: RowDiff): readonly string[] {
  const row = live ?? replay ?? {}
  const key = Object.entries(row).filter(([column]) => KEY_COLUMNS.includes(column))
  const keyText = key.map(([column, value]) => cell(column, value)).join(' ')
  if (live === null) return [name, keyText, 'only in the replay']
  if (replay === null) return [name, keyText, 'only live']
  const changes = Object.keys(live)
    .filter(column => JSON.stringify(live[column]) !== JSON.stringify(replay[column]))
    .map(column => `${column} ${cell(column, live[column])} → ${cell(column, replay[column])}`)
  return [name, keyText, changes.join(', ')]
}

const KEY_COLUMNS = 'start_at dimension value host sold_at basket_id position from_at to_at reason'.split(' ')

/** Texts of sellers go to a terminal only without what terminals obey. */
function cell(column: string, value: unknown): string {
  if (column === 'dimension') return DIMENSIONS[Number(value)] ?? String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return safeText(column.endsWith('_at') ? text.replace('+00:00', 'Z') : text)
}

export function promote(
  request: NamedRequest & { readonly dryRun: boolean; readonly yes: boolean },
): Promise<ExitCode> {
  const { output, config, json, name } = request
  return using(request, async parts => {
    const info = await found(parts, name)
    await liveOf(parts, info)
    const closedMs = info.params.toMs + config.allowedLatenessMs
    checkWhole(info, closedMs)
    const dryRun = request.dryRun || !request.yes
    const promotion = await parts.replays.promote(info, closedMs, dryRun)
    if (promotion.kind === 'live-behind') throw behind(info, promotion.liveUpToMs, closedMs)
    const { changes } = promotion
    if (json) output.json({ promoted: !dryRun, changes })
    else {
      const rows = changes.map(c => [c.table, c.inserted, c.changed, c.removed].map(String))
      output.data(table([['table', 'new', 'changed', 'removed'], ...rows]))
    }
    const count = changes.reduce((sum, c) => sum + c.inserted + c.changed + c.removed, 0)
    if (!dryRun) output.say(`promoted ${name}: ${count} live rows changed`)
    else if (request.dryRun) output.say(`would change ${count} live rows; nothing was changed`)
    else {
      const fix = `bct replay promote ${name} --mode ${request.mode} --yes`
      throw new CommandError(EXIT.usage, `this would change ${count} live rows; nothing was changed`, fix)
    }
    return EXIT.ok
  })
}

/** Refuses what is not whole: rows that it lacks would vanish from the live tables. */
function checkWhole({ name, params, finishedAtMs, upToMs }: ReplayInfo, closedMs: number): void {
  if (finishedAtMs === null) {
    const fix = 'run the same bct replay command again: it goes on where it stopped'
    throw new CommandError(EXIT.precondition, `${name} was interrupted, so it is not whole`, fix)
  }
  if (upToMs !== null && upToMs >= closedMs) return
  const reached = upToMs === null ? 'no tick' : instantText(upToMs)
  const message = `${name} ends at ${instantText(params.toMs)}, but its log reached ${reached} only`
  const fix = `run it again when sales up to ${instantText(closedMs)} are in: until then late ones may change it`
  throw new CommandError(EXIT.precondition, message, fix)
}

function behind({ params }: ReplayInfo, liveUpToMs: number | null, closedMs: number): CommandError {
  const reached = liveUpToMs === null ? 'no tick yet' : instantText(liveUpToMs)
  const message = `the live tables of ${params.live} have come to ${reached}, not to ${instantText(closedMs)}`
  return new CommandError(EXIT.precondition, message, 'let bct start run until they have, then promote')
}
