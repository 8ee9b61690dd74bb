// Why somebody gets a letter: what they follow, in words.
import type { Severity } from '../../../schemas/alerts.ts'
import type { Key } from '../../../schemas/keys.ts'
import type { FollowedKind, Frequency, Wishes } from '../../../schemas/subscriptions.ts'
import { keyText } from './words.ts'

const KIND_WORDS: Readonly<Record<FollowedKind, string>> = {
  rise: 'rises',
  drop: 'drops',
  emerging: 'what emerges',
}
const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  info: '',
  notable: ', notable or major',
  major: ', major ones alone',
}
const OFTEN: Readonly<Record<Frequency, string>> = {
  instant: 'at once, at most 3 mails a day and a digest at 18:00',
  hourly: 'at most once an hour',
  daily: 'at most once a day, at 18:00',
}
const SHOWN_KEYS = 3
const MAX_KEY_CHARS = 40

const and = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`

function keysText(keys: readonly Key[]): string {
  const names = keys.slice(0, SHOWN_KEYS).map(key => keyText(key, MAX_KEY_CHARS))
  const more = keys.length - names.length
  return and(more > 0 ? [...names, `${more} more`] : names)
}

function text({ alerts, report }: Wishes, nameKeys: (keys: readonly Key[]) => string): string {
  const daily = 'You get the daily report.'
  if (alerts === null) return report ? daily : ''
  const { keys, kinds, minSeverity } = alerts.interest
  const what = keys.length === 0 ? 'everything' : nameKeys(keys)
  const how = `${and(kinds.map(kind => KIND_WORDS[kind]))}${SEVERITY_WORDS[minSeverity]}`
  const follow = `You follow ${what}: ${how}, ${OFTEN[alerts.frequency]}.`
  return report ? `${follow} ${daily}` : follow
}

/** "You follow Techno and #dub techno: rises and drops, notable or major, at most once an hour." */
export const followText = (wishes: Wishes): string => text(wishes, keysText)

/**
 * The same for an address that nobody has confirmed, without the names: whoever types it in chose them, and
 * could write to strangers through us.
 */
export const requestText = (wishes: Wishes): string =>
  text(wishes, keys => (keys.length === 1 ? 'one thing' : `${keys.length} things`))
