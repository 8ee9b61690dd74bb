// Joins adapters to stages: what `bct start` runs.
import { isDeepStrictEqual } from 'node:util'
import type { Dashboard } from '../../dashboard/server/dashboard.ts'
import { STAGES, type StageName } from '../../processors/topology.ts'
import type { World } from '../../producers/simulator/core/world.ts'
import { HOUR_MS } from '../../schemas/time.ts'
import type { Mailer } from '../ports.ts'
import { backfill, missingPast } from './backfill.ts'
import { type Config, modeDir } from './config.ts'
import { openDashboard } from './dashboard-part.ts'
import { makeFolders } from './data-folder.ts'
import { CommandError, EXIT } from './errors.ts'
import { chooseFeed, type FeedChoice } from './feed-choice.ts'
import { openMailOf } from './mail-part.ts'
import { createNeighbours, type Neighbours } from './neighbours.ts'
import type { OnOutage } from './open-log.ts'
import { createProgress } from './progress.ts'
import { openReportsOf, type Reports } from './report-part.ts'
import { openResources } from './resources.ts'
import type { RunInfo } from './run-file.ts'
import type { ProductOptions, Running } from './running.ts'
import { type RunningStage, startStages } from './stages.ts'
import { maintain } from './upkeep.ts'

export interface Product {
  /** What it says of itself: which feed it settled on, its stages, the address of its dashboard. */
  readonly info: Omit<RunInfo, 'lagRecords' | 'historyProgress'>
  /** Resolves when everything has stopped in order after `signal`; rejects with what stopped it otherwise. */
  readonly done: Promise<void>
}

/** Resolves when the dashboard can be opened; the first history may still be under way. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { loaded, clock, version, signal, say } = options
  const { config } = loaded
  makeFolders(config)
  const choice = await chooseFeed({ config, clock, version, signal })
  if (choice.mode === 'recorded') say(`RECORDED: ${choice.modeReason} Nothing here is selling now.`)
  else if (choice.modeReason !== null) {
    say(`SIMULATED: ${choice.modeReason}. What you see is a made-up world, not Bandcamp.`)
  }
  const dir = modeDir(config, choice.mode)
  const neighbours = createNeighbours(dir)
  checkSameWorld(choice, config, neighbours)
  const { telemetry } = options.system
  const onOutage: OnOutage = outage => telemetry.outage({ what: 'log', ...outage })
  const resources = await openResources(config, choice.mode, { say, onOutage })
  const stop = new AbortController()
  signal.addEventListener('abort', () => stop.abort(), { once: true })
  const state = { historyProgress: null }
  const running: Running = { options, choice, resources, state, neighbours, stop }
  try {
    return await run(running)
  } catch (error) {
    stop.abort()
    await resources.close()
    throw error
  }
}

function worldInfo({ seed }: World, { simulatorSpeed: speed, simulatorVolume: volume }: Config) {
  return { seed, speed, volume }
}

/** Two worlds in one log would be neither. */
function checkSameWorld(choice: FeedChoice, config: Config, neighbours: Neighbours): void {
  if (choice.world === null) return
  const ours = worldInfo(choice.world, config)
  for (const { pid, world } of neighbours.others()) {
    if (world === null || isDeepStrictEqual(world, ours)) continue
    const { seed, speed, volume } = world
    const theirs = `--simulator-seed ${seed} --simulator-speed ${speed} --simulator-volume ${volume}`
    throw new CommandError(
      EXIT.precondition,
      `process ${pid} runs another simulated world on this data folder`,
      `start this one with ${theirs} too, or with another --data-dir`,
    )
  }
}

async function run(running: Running): Promise<Product> {
  const { options, choice, resources, state, stop } = running
  const { config } = options.loaded
  const { log, store } = resources
  const { telemetry } = options.system
  const names = options.only ?? STAGES.map(stage => stage.name)
  const cache = choice.cache ?? store
  // Known before the page opens, so that its first look says what is under way.
  const past = names.includes('poll') && choice.world !== null ? await pastOf(running) : null
  if (past !== null) state.historyProgress = 0
  const { feed, pages, clock } = choice
  const written = new AbortController()
  const pastWritten = waitFor(written.signal)
  const times = { clock, pace: options.clock, random: Math.random }
  const signals = { pastWritten, stop: stop.signal }
  let dashboard: Dashboard | null = null
  const url = (): string | null => dashboard?.url ?? null
  const reports = await openReportsOf(running, url)
  const mail = names.includes('alert-mailer') ? await openMailOf(running, url, reports.attachments) : null
  if (mail !== null) options.say(whereMailGoes(mail.mailer))
  const shared = { config, log, store, cache, feed, pages, telemetry, ...times, ...signals }
  const stages = await startStages(names, { ...shared, reports, ...(mail === null ? {} : { mail }) })
  try {
    if (names.includes('dashboard')) dashboard = await openDashboard(running, reports.info)
  } catch (error) {
    written.abort()
    await Promise.allSettled(stages.map(stage => stage.close()))
    throw error
  }
  const writing = past === null ? Promise.resolve() : writePast(running, past)
  void writing.catch(() => stop.abort()).then(() => written.abort())
  const failed = [writing, maintain(running), ...stages.map(stage => stage.done)].map(part =>
    part.catch((error: unknown) => {
      stop.abort()
      throw error
    }),
  )
  const info = infoOf(running, names, dashboard)
  const unannounce = running.neighbours.announce(info, () => ({
    lagRecords: options.system.snapshot().lagRecords,
    historyProgress: state.historyProgress,
  }))
  return { info, done: shutDown(running, { failed, stages, dashboard, reports }).finally(unannounce) }
}

function whereMailGoes({ place, isReal }: Mailer): string {
  return isReal ? `mail goes to ${place}` : `mails are files in ${place}: nobody gets them by themselves`
}

function infoOf(
  { options, choice }: Running,
  stages: readonly StageName[],
  dashboard: Dashboard | null,
): Product['info'] {
  const { clock, version, loaded } = options
  return {
    pid: process.pid,
    url: dashboard?.url ?? null,
    mode: choice.mode,
    version,
    startedAtMs: clock.nowMs(),
    stages: [...stages],
    log: loaded.config.log === 'embedded' ? 'embedded' : 'shared',
    world: choice.world === null ? null : worldInfo(choice.world, loaded.config),
  }
}

interface Parts {
  readonly failed: readonly Promise<unknown>[]
  readonly stages: readonly RunningStage[]
  readonly dashboard: Dashboard | null
  readonly reports: Reports
}

/**
 * In order: no more polls, browsers are told, stages finish what they hold, then log and store are closed.
 */
async function shutDown(
  { resources, stop }: Running,
  { failed, stages, dashboard, reports }: Parts,
): Promise<void> {
  const ended = Promise.allSettled(failed)
  await waitFor(stop.signal)
  await dashboard?.close()
  const closed = await Promise.allSettled(stages.map(stage => stage.close()))
  const results = [...(await ended), ...closed]
  await reports.close()
  await resources.close()
  const failure = results.find(result => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

async function pastOf({ options, choice, resources }: Running) {
  return missingPast(resources.log, choice.clock.nowMs(), options.loaded.config.simulatorHistoryDays)
}

/** Writes the past that the live feed no longer shows. */
async function writePast(
  running: Running,
  past: NonNullable<Awaited<ReturnType<typeof pastOf>>>,
): Promise<void> {
  const { options, choice, resources, state, stop } = running
  const { config } = options.loaded
  const { pollEveryMs, feedOverlapMs, enrichWaitMs, allowedLatenessMs } = config
  const { store } = resources
  const hours = Math.round((past.toMs - past.fromMs) / HOUR_MS)
  const title =
    hours >= 48
      ? `Writing ${Math.round(hours / 24)} days of history`
      : `Writing ${Math.max(1, hours)} h of history`
  const progress = createProgress({ title, total: 100, clock: options.clock })
  try {
    await backfill({
      store,
      clock: options.clock,
      work: {
        ...past,
        log: resources.logPlace,
        seed: choice.world?.seed ?? config.simulatorSeed,
        volume: config.simulatorVolume,
        config: { pollEveryMs, feedOverlapMs, enrichWaitMs, allowedLatenessMs },
      },
      signal: stop.signal,
      stillMissing: () => pastOf(running),
      storedUpToMs: async () => (await store.extent()).watermarkMs,
      onProgress: share => {
        state.historyProgress = share
        progress.update(Math.floor(share * 100))
      },
    })
  } finally {
    progress.stop()
    state.historyProgress = null
  }
}

function waitFor(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
