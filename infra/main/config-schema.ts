// The configuration: all keys, in the order of the help, and the rules between them.
import { z } from 'zod'
import { dashboardKeys } from './config-keys/dashboard.ts'
import { docs, type KeyDoc } from './config-keys/docs.ts'
import { feedKeys } from './config-keys/feed.ts'
import { checkKafka, kafkaKeys } from './config-keys/kafka.ts'
import { checkKinesis, kinesisKeys } from './config-keys/kinesis.ts'
import { checkMail, mailKeys } from './config-keys/mail.ts'
import { recordedKeys } from './config-keys/recorded.ts'
import { reportKeys } from './config-keys/report.ts'
import { simulatorKeys } from './config-keys/simulator.ts'
import { storageKeys } from './config-keys/storage.ts'
import { windowsKeys } from './config-keys/windows.ts'

/** Bandcamp's own page polls every 32 s: asking much more often would be impolite. */
const MIN_LIVE_POLL_MS = 30_000
const MIN_LIVE_PAGE_SPACING_MS = 1_000

const shape = {
  ...feedKeys,
  ...storageKeys,
  ...kafkaKeys,
  ...kinesisKeys,
  ...windowsKeys,
  ...dashboardKeys,
  ...mailKeys,
  ...reportKeys,
  ...simulatorKeys,
  ...recordedKeys,
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
  checkKafka(config, refuse)
  checkKinesis(config, refuse)
  checkMail(config, refuse)
  if (config.mode === 'simulated' || config.mode === 'recorded') return
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
