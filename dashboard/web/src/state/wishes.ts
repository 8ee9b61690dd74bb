// Signing up: for what the dialog was opened, what is wished for, and what the server says to it.
import { signal } from '@preact/signals'
import type { Severity } from '../../../../schemas/alerts.ts'
import { type Key, keyOf, UNKNOWN } from '../../../../schemas/keys.ts'
import type { FollowedKind, Frequency } from '../../../../schemas/subscriptions.ts'
import type { SignUp, SignUpAnswer } from '../../../core/api-alerts.ts'
import { API_PATHS } from '../../../core/query.ts'
import { postJson, Refused, TooManyError } from './fetch.ts'
import { alertList, place, query } from './location.ts'
import { FILTER_NAMES } from './words.ts'

export interface SignUpFor {
  readonly keys: readonly Key[]
  /** Of the report alone, not of alerts. */
  readonly report: boolean
}
/** With what the dialog was opened; null: it is closed. */
export const signUpFor = signal<SignUpFor | null>(null)
/** The dialog stays on the page from the first time on: it gives the focus back when it closes. */
export const signUpWasOpened = signal(false)

/** What is unknown is nothing that anybody could follow. */
function keysOfView(): readonly Key[] {
  if (place.value.screen === 'alerts') return alertList.value.key === null ? [] : [alertList.value.key]
  const { filter } = query.value
  return FILTER_NAMES.flatMap(name => {
    const value = filter[name]
    return value === null || value === UNKNOWN ? [] : [keyOf(name, value)]
  })
}

export function openSignUp(keys: readonly Key[] = keysOfView(), { report } = { report: false }): void {
  signUpWasOpened.value = true
  signUpFor.value = { keys, report }
}

export interface Draft {
  readonly wantsAlerts: boolean
  readonly keys: readonly Key[]
  readonly kinds: readonly FollowedKind[]
  readonly minSeverity: Severity
  readonly frequency: Frequency
  readonly report: boolean
  readonly zone: string
  readonly email: string
}

/** The zone of the reader's browser. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

export const FIELDS = ['wish', 'keys', 'kinds', 'zone', 'email'] as const
export type Field = (typeof FIELDS)[number]
/** What is wrong, by field; `form` where it is no field's fault. */
export type Problems = Readonly<Partial<Record<Field | 'form', string>>>

/** What can be seen without asking; empty where nothing is wrong. */
export function problemsOf(draft: Draft): Problems {
  const problems: Partial<Record<Field, string>> = {}
  if (!draft.wantsAlerts && !draft.report) problems.wish = 'Choose alerts, the daily report, or both.'
  if (draft.wantsAlerts && draft.kinds.length === 0) problems.kinds = 'Choose at least one kind.'
  if (!/^[^\s@]+@[^\s@]+$/.test(draft.email.trim()))
    problems.email = 'Give an address such as you@example.org.'
  return problems
}

function bodyOf({ wantsAlerts, keys, kinds, minSeverity, frequency, ...draft }: Draft): SignUp {
  const interest = { keys: [...keys], kinds: [...kinds], minSeverity }
  return {
    email: draft.email.trim(),
    wishes: {
      alerts: wantsAlerts ? { interest, frequency } : null,
      report: draft.report,
      zone: draft.zone,
    },
  }
}

/** The field that a refused parameter such as `wishes.alerts.interest.keys.0` belongs to. */
function fieldOf(parameter: string | null): Field | 'form' {
  const found = FIELDS.find(name => parameter?.split('.').includes(name))
  return found ?? (parameter?.endsWith('alerts') ? 'wish' : 'form')
}

export type Outcome =
  | { readonly ok: true; readonly message: string }
  | { readonly ok: false; readonly problems: Problems }

export async function signUp(draft: Draft): Promise<Outcome> {
  try {
    const { message } = await postJson<SignUpAnswer>(API_PATHS.subscriptions, bodyOf(draft))
    return { ok: true, message }
  } catch (error) {
    if (error instanceof Refused)
      return { ok: false, problems: { [fieldOf(error.parameter)]: error.message } }
    if (error instanceof TooManyError) return { ok: false, problems: { form: error.message } }
    return {
      ok: false,
      problems: { form: 'The server cannot be reached just now. What you filled in is still here.' },
    }
  }
}
