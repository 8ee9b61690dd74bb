// A simulated world that another process serves (`bct feed-server`): its feed, pages and time over HTTP.
import { z } from 'zod'
import { createWorld, type World } from '../../producers/simulator/core/world.ts'
import { simulatedPageUrl } from '../../producers/simulator/server.ts'
import { createBandcampFeed } from '../bandcamp/feed.ts'
import { createLocalPages } from '../bandcamp/pages.ts'
import type { Clock, ItemPages, SalesFeed } from '../ports.ts'
import { createScaledClock } from '../system/clock.ts'
import { type Config, userAgentHeader } from './config.ts'
import { CommandError, EXIT } from './errors.ts'

export interface RemoteWorldOptions {
  readonly config: Config
  readonly clock: Clock
  readonly version: string
  readonly signal: AbortSignal
}

export interface RemoteWorld {
  readonly feed: SalesFeed
  readonly pages: ItemPages
  readonly clock: Clock
  readonly world: World
}

const statusSchema = z.object({ seed: z.number().int(), nowMs: z.number().int() })
/** A page of the simulator comes at once, or a fault is being played. */
const PAGE_WITHIN_MS = 10_000

/**
 * The world of the server at `feedBaseUrl`, with its seed and its time; its speed and volume we are told.
 * @throws CommandError where no simulator answers there.
 */
export async function remoteWorld(options: RemoteWorldOptions): Promise<RemoteWorld> {
  const { config, clock: base, version } = options
  const { feedBaseUrl: baseUrl, simulatorSpeed: speed, simulatorVolume: volume } = config
  const { seed, nowMs: startMs } = await statusOf(options)
  const clock = createScaledClock({ base, speed, startMs })
  const pageUrl = simulatedPageUrl(baseUrl)
  return {
    feed: createBandcampFeed({ baseUrl, userAgent: userAgentHeader(config, version), clock }),
    pages: createLocalPages(url => pageAt(pageUrl(url))),
    clock,
    world: createWorld({ seed, volume }),
  }
}

async function statusOf({ config, signal }: RemoteWorldOptions): Promise<z.infer<typeof statusSchema>> {
  const { feedBaseUrl, reachTimeoutMs } = config
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(reachTimeoutMs)])
    const response = await fetch(new URL('/__status', feedBaseUrl), { signal: within })
    return statusSchema.parse(await response.json())
  } catch (cause) {
    const fix = 'start one with bct feed-server, or leave --feed-base-url out: the world is built in'
    throw new CommandError(EXIT.precondition, `no simulated feed answers at ${feedBaseUrl}`, fix, { cause })
  }
}

async function pageAt(url: URL): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PAGE_WITHIN_MS) })
    return response.ok ? await response.text() : null
  } catch {
    return null
  }
}
