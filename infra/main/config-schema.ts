// The configuration: every key with its unit, bounds, default and meaning, and the rules between keys.
import { z } from 'zod'
import {
  baseUrl,
  headerText,
  milliseconds,
  origins,
  portNumber,
  postgresUrl,
  seedNumber,
  speedNumber,
  sqlIdentifier,
  wholeNumber,
} from './config-values.ts'

/** What a person reads about a key, and the text that stands for it when nobody says anything. */
export interface KeyDoc {
  readonly default: string
  readonly says: string
  readonly group: 'Feed' | 'Storage' | 'Windows' | 'Dashboard' | 'Simulator'
  /** What a value looks like, for help: `MS`, `URL`. */
  readonly value: string
  /** Never by flag; also readable from the file that `<VARIABLE>_FILE` names; never printed. */
  readonly secret?: boolean
}

const docs = z.registry<KeyDoc>()

/** Bandcamp's own page polls every 32 s: asking much more often would be impolite. */
const MIN_LIVE_POLL_MS = 30_000
const MIN_LIVE_PAGE_SPACING_MS = 1_000
/** The widest answer of the feed anybody has seen spans ten minutes: an overlap must fit in well. */
const MAX_OVERLAP_MS = 300_000
const MAX_POLL_MS = 300_000
const DAY_MS = 86_400_000

const MODES = ['auto', 'live', 'simulated'] as const

const shape = {
  mode: z.enum(MODES).register(docs, {
    default: 'auto',
    says: 'Where sales come from: Bandcamp (live), the built-in world (simulated), or whichever works (auto)',
    group: 'Feed',
    value: MODES.join('|'),
  }),
  feedBaseUrl: baseUrl.register(docs, {
    default: 'https://bandcamp.com',
    says: 'Root of the live feed',
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
  dataDir: z.string().min(1, 'must not be empty').register(docs, {
    default: '.bct',
    says: 'Folder of the embedded log and store; each mode has one of its own inside',
    group: 'Storage',
    value: 'DIR',
  }),
  databaseUrl: postgresUrl.register(docs, {
    default: '',
    says: 'PostgreSQL to use, as postgres://user:password@host:5432/database; empty: an embedded one',
    group: 'Storage',
    value: 'URL',
    secret: true,
  }),
  dbSchema: sqlIdentifier.register(docs, {
    default: 'bct',
    says: 'Schema of the tables',
    group: 'Storage',
    value: 'NAME',
  }),
  partitions: wholeNumber({ min: 1, max: 64, unit: 'partitions' }).register(docs, {
    default: '1',
    says: 'Partitions of the embedded log; fixed when it is created',
    group: 'Storage',
    value: 'N',
  }),
  retentionDays: wholeNumber({ min: 1, max: 3_650, unit: 'days' }).register(docs, {
    default: '90',
    says: 'How long sales and windows of a minute or an hour are kept; days are kept for ever',
    group: 'Storage',
    value: 'DAYS',
  }),
  allowedLatenessMs: milliseconds(0, DAY_MS).register(docs, {
    default: '3600000',
    says: 'How long after its end a window may still change',
    group: 'Windows',
    value: 'MS',
  }),
  host: z.string().min(1, 'must not be empty').register(docs, {
    default: '127.0.0.1',
    says: 'Address the dashboard listens on',
    group: 'Dashboard',
    value: 'HOST',
  }),
  port: portNumber.register(docs, {
    default: '8080',
    says: 'Port of the dashboard; 0: any free one. Left at the default, the next free one is taken',
    group: 'Dashboard',
    value: 'PORT',
  }),
  allowedOrigins: origins.register(docs, {
    default: '',
    says: 'Other web origins that may open the live socket, separated by commas',
    group: 'Dashboard',
    value: 'ORIGINS',
  }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).register(docs, {
    default: 'info',
    says: 'Least important line that is printed',
    group: 'Dashboard',
    value: 'LEVEL',
  }),
  simulatorSeed: seedNumber.register(docs, {
    default: '1',
    says: 'The same seed gives the same world',
    group: 'Simulator',
    value: 'N',
  }),
  simulatorSpeed: speedNumber.register(docs, {
    default: '1',
    says: 'How much faster than real time the simulated world runs',
    group: 'Simulator',
    value: 'TIMES',
  }),
  simulatorHistoryDays: wholeNumber({ min: 0, max: 90, unit: 'days' }).register(docs, {
    default: '7',
    says: 'Days of history written when a simulated store is new',
    group: 'Simulator',
    value: 'DAYS',
  }),
}

const LOOPBACK = /^(localhost|127\.|\[::1\])/

/** One problem of the rules between keys: the key to change, and why. */
type Refuse = (key: keyof typeof shape, message: string) => void

function checkTogether(config: z.infer<z.ZodObject<typeof shape>>, refuse: Refuse): void {
  if (config.enrichWaitMs > config.allowedLatenessMs) {
    refuse('enrichWaitMs', `must not exceed allowedLatenessMs (${config.allowedLatenessMs})`)
  }
  if (config.simulatorHistoryDays > config.retentionDays) {
    refuse('simulatorHistoryDays', `must not exceed retentionDays (${config.retentionDays})`)
  }
  if (config.mode === 'simulated') return
  const url = new URL(config.feedBaseUrl)
  if (url.protocol !== 'https:' || LOOPBACK.test(url.host)) {
    const why = 'simulated sales never enter a live store'
    refuse('feedBaseUrl', `must be an https URL of another machine unless mode is simulated: ${why}`)
  }
  if (config.pollEveryMs < MIN_LIVE_POLL_MS) {
    refuse('pollEveryMs', `must be at least ${MIN_LIVE_POLL_MS} unless mode is simulated, out of politeness`)
  }
  if (config.pageSpacingMs < MIN_LIVE_PAGE_SPACING_MS) {
    const least = `at least ${MIN_LIVE_PAGE_SPACING_MS}`
    refuse('pageSpacingMs', `must be ${least} unless mode is simulated, out of politeness`)
  }
}

/** Texts in, checked values out. Nothing but these keys is taken. */
export const configSchema = z.strictObject(shape).superRefine((config, context) => {
  checkTogether(config, (key, message) => context.addIssue({ code: 'custom', path: [key], message }))
})

export type ConfigKey = keyof typeof shape
export type Config = Readonly<z.infer<typeof configSchema>>

export const CONFIG_KEYS = Object.keys(shape) as ConfigKey[]

export function docOf(key: ConfigKey): KeyDoc {
  return docs.get(shape[key])!
}

/** `pollEveryMs` → `BCT_POLL_EVERY_MS`. */
export function variableOf(key: ConfigKey): string {
  return `BCT_${key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** `pollEveryMs` → `--poll-every-ms`. */
export function flagOf(key: ConfigKey): string {
  return `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}
