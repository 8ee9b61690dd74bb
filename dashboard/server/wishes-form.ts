// The form in which somebody says what they want to hear of, without a script: drawn, and read.
import type { z } from 'zod'
import { keyName } from '../../schemas/alert-words.ts'
import type { Severity } from '../../schemas/alerts.ts'
import { type Html, html, NOTHING } from '../../schemas/html.ts'
import {
  FOLLOWED_KINDS,
  type FollowedKind,
  type Frequency,
  MAX_FOLLOWED_KEYS,
  type Wishes,
} from '../../schemas/subscriptions.ts'
import { wishesSchema } from '../../schemas/wishes-schema.ts'

const KIND_WORDS: Readonly<Record<FollowedKind, string>> = {
  rise: 'Rises: something sells far more than usual',
  drop: 'Drops: something stops selling',
  emerging: 'Emerging: small until a week ago, growing since',
}
const SHORT_KINDS: Readonly<Record<FollowedKind, string>> = {
  rise: 'rises',
  drop: 'drops',
  emerging: 'what emerges',
}
/** More would be a wall of names. */
const NAMED_KEYS = 5
const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  info: 'everything that moves',
  notable: 'notable and major',
  major: 'major only',
}
const FREQUENCY_WORDS: Readonly<Record<Frequency, string>> = {
  instant: 'at once, three mails a day at most',
  hourly: 'once an hour at most',
  daily: 'once a day, at 18:00',
}

/** What the form shows where nobody said anything yet. */
export const USUAL_WISHES: Wishes = {
  alerts: {
    interest: { keys: [], kinds: [...FOLLOWED_KINDS], minSeverity: 'notable' },
    frequency: 'instant',
  },
  report: false,
  zone: 'UTC',
}

const checked = (is: boolean): Html => (is ? html` checked` : NOTHING)

function choice<T extends string>(name: string, words: Readonly<Record<T, string>>, chosen: T): Html {
  const options = (Object.keys(words) as T[]).map(
    value =>
      html`<option value="${value}"${value === chosen ? html` selected` : NOTHING}>${words[value]}</option>`,
  )
  return html`<select id="${name}" name="${name}">${options}</select>`
}

/** The fields, filled; the form around them and its button are the caller's. */
export function wishesFields(wishes: Wishes): Html {
  const { interest, frequency } = wishes.alerts ?? USUAL_WISHES.alerts!
  const kinds = FOLLOWED_KINDS.map(
    kind =>
      html`<label class="choice"><input type="checkbox" name="kind" value="${kind}"${checked(
        interest.kinds.includes(kind),
      )}> ${KIND_WORDS[kind]}</label>`,
  )
  return html`<fieldset><legend>Alerts</legend>
<label class="choice"><input type="checkbox" name="alerts" value="yes"${checked(wishes.alerts !== null)}> Send me alerts</label>
<label for="keys">Of what? One a line, ${MAX_FOLLOWED_KEYS} at most; nothing means everything</label>
<textarea id="keys" name="keys" placeholder="genre:metal&#10;artist:name.bandcamp.com&#10;country:de&#10;tag:dub-techno">${interest.keys.join('\n')}</textarea>
${kinds}
<label for="minSeverity">How much should it matter?</label>
${choice('minSeverity', SEVERITY_WORDS, interest.minSeverity)}
<label for="frequency">How often?</label>
${choice('frequency', FREQUENCY_WORDS, frequency)}
</fieldset>
<fieldset><legend>Daily report</legend>
<label class="choice"><input type="checkbox" name="report" value="yes"${checked(wishes.report)}> Send me the report of each day, in the morning</label>
</fieldset>
<fieldset><legend>Your time zone</legend>
<label for="zone">For days and hours, as in Europe/Berlin</label>
<input id="zone" name="zone" value="${wishes.zone}" maxlength="64" autocomplete="off" spellcheck="false">
</fieldset>`
}

/** What the fields say, before anybody checked it. */
export function wishesOfForm(form: URLSearchParams): unknown {
  const keys = (form.get('keys') ?? '')
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(key => key !== '')
  const { minSeverity, kinds } = { minSeverity: form.get('minSeverity'), kinds: form.getAll('kind') }
  const alerts = { interest: { keys, kinds, minSeverity }, frequency: form.get('frequency') }
  return { alerts: form.has('alerts') ? alerts : null, report: form.has('report'), zone: form.get('zone') }
}

/** The first thing that is wrong, in words, with where it stands. */
export function firstIssue(error: z.ZodError): { readonly parameter: string; readonly message: string } {
  const issue = error.issues[0]
  const path = issue?.path.join('.') ?? ''
  return { parameter: path, message: path === '' ? (issue?.message ?? '') : `${path}: ${issue?.message}` }
}

export const readWishes = (form: URLSearchParams) => wishesSchema.safeParse(wishesOfForm(form))

/** The chosen things in words, a line each. */
export function wishesWords({ alerts, report, zone }: Wishes): readonly string[] {
  const lines: string[] = []
  if (alerts !== null) {
    const { keys, kinds, minSeverity } = alerts.interest
    const named = keys.slice(0, NAMED_KEYS).map(key => keyName(key))
    const more = keys.length > NAMED_KEYS ? [`${keys.length - NAMED_KEYS} more`] : []
    const what = keys.length === 0 ? 'everything' : [...named, ...more].join(', ')
    const which = kinds.map(kind => SHORT_KINDS[kind]).join(', ')
    lines.push(`Alerts of ${what}: ${which}`)
    lines.push(`Of them ${SEVERITY_WORDS[minSeverity]}, ${FREQUENCY_WORDS[alerts.frequency]}`)
  }
  if (report) lines.push('The report of each day')
  return [...lines, `Days and hours of ${zone}`]
}
