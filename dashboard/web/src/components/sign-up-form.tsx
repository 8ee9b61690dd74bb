// The form of the sign-up: what, which kinds, how often, where; errors stand beside their field.
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Severity } from '../../../../schemas/alerts.ts'
import {
  DIGEST_HOUR,
  FOLLOWED_KINDS,
  type FollowedKind,
  type Frequency,
} from '../../../../schemas/subscriptions.ts'
import {
  type Draft,
  FIELDS,
  ownZone,
  type Problems,
  problemsOf,
  type SignUpFor,
  signUp,
} from '../state/wishes.ts'
import { type Change, Check, Choice, type PartProps, Problem } from './fields.tsx'
import { Keys } from './followed-keys.tsx'

const KIND_TEXTS: Readonly<Record<FollowedKind, readonly [mark: string, word: string]>> = {
  rise: ['▲', 'Rises'],
  drop: ['▼', 'Drops'],
  emerging: ['✦', 'Emerging'],
}

function Kinds({ draft, problems, change }: PartProps): JSX.Element {
  const set = (kind: FollowedKind, on: boolean): void =>
    change({ kinds: FOLLOWED_KINDS.filter(each => (each === kind ? on : draft.kinds.includes(each))) })
  return (
    <fieldset>
      <legend>Which movements</legend>
      <div class="checks">
        {FOLLOWED_KINDS.map((kind, i) => (
          <Check
            key={kind}
            {...(i === 0 ? { id: 'kinds' } : {})}
            checked={draft.kinds.includes(kind)}
            onChange={on => set(kind, on)}
            describedBy={problems.kinds === undefined ? undefined : 'kinds-problem'}
          >
            <span aria-hidden="true">{KIND_TEXTS[kind][0]}</span> {KIND_TEXTS[kind][1]}
          </Check>
        ))}
      </div>
      <Problem id="kinds-problem" text={problems.kinds} />
    </fieldset>
  )
}

const SEVERITY_CHOICES: readonly (readonly [Severity, string])[] = [
  ['info', 'All of them'],
  ['notable', 'Notable and major ones'],
  ['major', 'Major ones alone'],
]
const FREQUENCY_CHOICES: readonly (readonly [Frequency, string])[] = [
  ['instant', 'At once, a few a day at most'],
  ['hourly', 'Once an hour at most'],
  ['daily', `Once a day, at ${DIGEST_HOUR}:00`],
]

function zoneChoices(own: string): readonly (readonly [string, string])[] {
  const known = new Set(['UTC', own, ...Intl.supportedValuesOf('timeZone')])
  return [...known].sort().map(zone => [zone, zone.replaceAll('_', ' ')] as const)
}

function Zone({ draft, problems, change }: PartProps): JSX.Element {
  const choices = useMemo(() => zoneChoices(ownZone()), [])
  return (
    <Choice
      id="zone"
      label="Your time zone"
      value={draft.zone}
      choices={choices}
      onChoose={zone => change({ zone })}
      problem={problems.zone}
    />
  )
}

function Email({ draft, problems, change }: PartProps): JSX.Element {
  const problem = problems.email
  return (
    <div class="field">
      <label for="email">Your e-mail address</label>
      <input
        id="email"
        type="email"
        autocomplete="email"
        inputMode="email"
        spellcheck={false}
        maxLength={254}
        required
        value={draft.email}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? 'email-hint' : 'email-problem'}
        onInput={event => change({ email: event.currentTarget.value })}
      />
      {problem === undefined && (
        <p id="email-hint" class="hint">
          For these mails alone. No account, no password; every mail has a link to change or end it.
        </p>
      )}
      <Problem id="email-problem" text={problem} />
    </div>
  )
}

function Alerts(props: PartProps): JSX.Element {
  const { draft, change } = props
  return (
    <>
      <Keys {...props} />
      <Kinds {...props} />
      <div class="fields">
        <Choice
          id="severity"
          label="How big"
          value={draft.minSeverity}
          choices={SEVERITY_CHOICES}
          onChoose={minSeverity => change({ minSeverity })}
        />
        <Choice
          id="frequency"
          label="How often"
          value={draft.frequency}
          choices={FREQUENCY_CHOICES}
          onChoose={frequency => change({ frequency })}
        />
      </div>
    </>
  )
}

export function SignUpForm(props: {
  wanted: SignUpFor
  children: ComponentChildren
  onDone: (message: string, email: string) => void
}): JSX.Element {
  const [draft, setDraft] = useState<Draft>(() => ({
    wantsAlerts: !props.wanted.report,
    keys: props.wanted.keys,
    kinds: FOLLOWED_KINDS,
    minSeverity: 'notable',
    frequency: 'instant',
    report: props.wanted.report,
    zone: ownZone(),
    email: '',
  }))
  const [problems, setProblems] = useState<Problems>({})
  const [isSending, setIsSending] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const change: Change = part => setDraft({ ...draft, ...part })
  useLayoutEffect(() => {
    const first = FIELDS.find(name => problems[name] !== undefined)
    if (first !== undefined) form.current?.querySelector<HTMLElement>(`#${first}`)?.focus()
  }, [problems])
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (isSending) return
    const seen = problemsOf(draft)
    setProblems(seen)
    if (Object.keys(seen).length > 0) return
    setIsSending(true)
    const outcome = await signUp(draft)
    setIsSending(false)
    if (outcome.ok) props.onDone(outcome.message, draft.email.trim())
    else setProblems(outcome.problems)
  }
  const parts: PartProps = { draft, problems, change }
  return (
    <form ref={form} class="sign-up-form" noValidate onSubmit={event => void submit(event)}>
      <fieldset>
        <legend>Send me</legend>
        <div class="checks">
          <Check
            id="wish"
            isFirst
            checked={draft.wantsAlerts}
            onChange={wantsAlerts => change({ wantsAlerts })}
          >
            Alerts
          </Check>
          <Check checked={draft.report} onChange={report => change({ report })}>
            The daily report
          </Check>
        </div>
        <Problem id="wish-problem" text={problems.wish} />
      </fieldset>
      {draft.wantsAlerts && <Alerts {...parts} />}
      <div class="fields">
        <Email {...parts} />
        <Zone {...parts} />
      </div>
      {props.children}
      <div role="alert">
        <Problem id="form-problem" text={problems.form} />
      </div>
      <button type="submit" class="button primary wide" aria-disabled={isSending}>
        {isSending ? 'Sending…' : 'Sign up'}
      </button>
    </form>
  )
}
