// Keys of the configuration: where sales come from and how often we ask.
import { z } from 'zod'
import { baseUrl, headerText, milliseconds } from '../config-values.ts'
import { docs } from './docs.ts'

/** The longest time any wait of the poller may be set to. */
const MAX_POLL_MS = 300_000
/** The widest answer of the feed anybody has seen spans ten minutes: an overlap must fit in well. */
const MAX_OVERLAP_MS = 300_000

const MODES = ['auto', 'live', 'simulated', 'recorded'] as const

export const feedKeys = {
  mode: z.enum(MODES).register(docs, {
    default: 'auto',
    says: 'Where sales come from: Bandcamp (live), the built-in world (simulated), a capture (recorded), or what works',
    group: 'Feed',
    value: MODES.join('|'),
  }),
  feedBaseUrl: baseUrl.register(docs, {
    default: 'https://bandcamp.com',
    says: 'Root of the live feed; in simulated mode that of a bct feed-server',
    group: 'Feed',
    value: 'URL',
  }),
  userAgent: headerText.min(1, 'must not be empty').register(docs, {
    default: 'bandcamp-tracker',
    says: 'How we introduce ourselves to Bandcamp',
    group: 'Feed',
    value: 'TEXT',
  }),
  contact: headerText.register(docs, {
    default: '',
    says: 'Your e-mail address or page, sent along so that Bandcamp can reach you; please set it for live use',
    group: 'Feed',
    value: 'TEXT',
  }),
  pollEveryMs: milliseconds(100, MAX_POLL_MS).register(docs, {
    default: '32000',
    says: 'Time between two looks at the feed',
    group: 'Feed',
    value: 'MS',
  }),
  feedOverlapMs: milliseconds(0, MAX_OVERLAP_MS).register(docs, {
    default: '60000',
    says: 'Event time that each look reads again, for sales that came late',
    group: 'Feed',
    value: 'MS',
  }),
  reachTimeoutMs: milliseconds(100, MAX_POLL_MS).register(docs, {
    default: '10000',
    says: 'How long auto mode tries Bandcamp before it uses the simulator',
    group: 'Feed',
    value: 'MS',
  }),
  pageSpacingMs: milliseconds(0, MAX_POLL_MS).register(docs, {
    default: '2000',
    says: 'Least time between two item pages',
    group: 'Feed',
    value: 'MS',
  }),
  enrichWaitMs: milliseconds(0, MAX_POLL_MS).register(docs, {
    default: '20000',
    says: 'How long a sale waits for its genre before it goes on without',
    group: 'Feed',
    value: 'MS',
  }),
}
