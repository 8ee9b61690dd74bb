// Which feed this process reads: Bandcamp, or the built-in world with a clock of its own.

import { mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { looksChallenged } from '../../producers/core/item-page.ts'
import { createWorld, type World } from '../../producers/simulator/core/world.ts'
import { createSimulatedFeed, createSimulatedPages } from '../../producers/simulator/feed.ts'
import { createBandcampFeed } from '../bandcamp/feed.ts'
import { createBandcampPages } from '../bandcamp/pages.ts'
import type { Clock, ItemPages, PageCache, SalesFeed } from '../ports.ts'
import { createOnce } from '../runtime/create-once.ts'
import { createScaledClock } from '../system/clock.ts'
import { type Config, type Mode, modeDir, userAgentHeader } from './config.ts'
import { docOf } from './config-schema.ts'
import { openRecording } from './recording.ts'
import { remoteWorld } from './remote-world.ts'

export interface FeedChoice {
  readonly mode: Mode
  /** Why the simulator runs where nobody asked for it, or what is played; null otherwise. */
  readonly modeReason: string | null
  readonly feed: SalesFeed
  readonly pages: ItemPages
  /** The time of the feed: the machine's, or the simulated world's. */
  readonly clock: Clock
  readonly world: World | null
  /** Facts of item pages that are known from elsewhere than the store; absent where they are not. */
  readonly cache?: PageCache
}

export interface FeedChoiceOptions {
  readonly config: Config
  readonly clock: Clock
  readonly version: string
  readonly signal: AbortSignal
}

/** Settles `auto`: one look at Bandcamp, at most `reachTimeoutMs` long. */
export async function chooseFeed(options: FeedChoiceOptions): Promise<FeedChoice> {
  const { config, clock, version, signal } = options
  if (config.mode === 'simulated') {
    const isElsewhere = config.feedBaseUrl !== docOf('feedBaseUrl').default
    if (!isElsewhere) return simulated(options, null)
    return { mode: 'simulated', modeReason: null, ...(await remoteWorld(options)) }
  }
  if (config.mode === 'recorded') return recorded(options)
  if (config.mode === 'live') return live(options)
  const probe = createBandcampFeed({
    baseUrl: config.feedBaseUrl,
    userAgent: userAgentHeader(config, version),
    clock,
    timeoutMs: config.reachTimeoutMs,
  })
  const answer = await probe.get(null, signal)
  if (answer.kind === 'body') return live(options)
  return simulated(options, `Bandcamp cannot be reached from here (${answer.code})`)
}

async function recorded({ config, clock }: FeedChoiceOptions): Promise<FeedChoice> {
  const { cache, ...recording } = await openRecording(config, clock)
  const speed = config.recordedSpeed === 1 ? '' : ` at ${config.recordedSpeed} times its speed`
  const modeReason = `${basename(config.recording ?? '')} is played${speed}.`
  return { mode: 'recorded', modeReason, ...recording, world: null, ...(cache === null ? {} : { cache }) }
}

function live({ config, clock, version }: FeedChoiceOptions): FeedChoice {
  const userAgent = userAgentHeader(config, version)
  return {
    mode: 'live',
    modeReason: null,
    feed: createBandcampFeed({ baseUrl: config.feedBaseUrl, userAgent, clock }),
    pages: createBandcampPages({
      clock,
      userAgent,
      isChallenge: looksChallenged,
      minSpacingMs: config.pageSpacingMs,
    }),
    clock,
    world: null,
  }
}

function simulated({ config, clock: base }: FeedChoiceOptions, modeReason: string | null): FeedChoice {
  const world = createWorld({ seed: config.simulatorSeed, volume: config.simulatorVolume })
  const clock = config.simulatorSpeed === 1 ? base : worldClock(config, base)
  const feed = createSimulatedFeed({ world, clock })
  return { mode: 'simulated', modeReason, feed, pages: createSimulatedPages(feed, clock), clock, world }
}

/**
 * A world that runs fast must not jump back when the process starts again: the moment at which it began is
 * kept beside its log.
 */
function worldClock(config: Config, base: Clock): Clock {
  const { simulatorSpeed: speed } = config
  const dir = modeDir(config, 'simulated')
  const file = join(dir, 'world-clock.json')
  mkdirSync(dir, { recursive: true })
  // Of processes that begin together only one says when.
  createOnce(file, JSON.stringify({ beganAtMs: base.nowMs() }))
  const { beganAtMs } = JSON.parse(readFileSync(file, 'utf8')) as { readonly beganAtMs: number }
  return createScaledClock({ base, speed, startMs: beganAtMs + (base.nowMs() - beganAtMs) * speed })
}
