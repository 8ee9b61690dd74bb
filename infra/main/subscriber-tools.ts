// `bct subscribers list`, `add`, `remove`, `export`: who is told of what, for the operator.
import { csvLine } from '../../schemas/csv.ts'
import { safeText } from '../../schemas/safe-text.ts'
import type { Subscriber, Wishes } from '../../schemas/subscriptions.ts'
import type { PostgresStore } from '../postgres/store.ts'
import { CommandError, EXIT, type ExitCode } from './errors.ts'
import { instantText } from './instant.ts'
import { type Io, type Output, table } from './output.ts'

export interface SubscriberRequest {
  readonly store: PostgresStore
  readonly io: Io
  readonly output: Output
  readonly json: boolean
  readonly nowMs: number
}

/** `everything`, or the keys. */
function followed({ alerts }: Wishes): string {
  if (alerts === null) return ''
  const { keys } = alerts.interest
  return keys.length === 0 ? 'everything' : keys.join(', ')
}

function wishText(wishes: Wishes): string {
  const { alerts, report } = wishes
  const parts: string[] = []
  if (alerts !== null) {
    const { kinds, minSeverity } = alerts.interest
    parts.push(
      `${alerts.frequency} alerts of ${followed(wishes)} (${kinds.join(', ')}; ${minSeverity} and above)`,
    )
  }
  if (report) parts.push('report')
  return parts.join(' and ')
}

function stateText({ state, snoozedUntilMs }: Subscriber, nowMs: number): string {
  const isAsleep = snoozedUntilMs !== null && snoozedUntilMs > nowMs
  return isAsleep ? `${state}, snoozes until ${instantText(snoozedUntilMs)}` : state
}

export async function listSubscribers({ store, output, json, nowMs }: SubscriberRequest): Promise<ExitCode> {
  const all = await store.subscribers.subscribers()
  if (json) output.json(all)
  else if (all.length === 0) output.say('nobody subscribed yet; bct subscribers add EMAIL adds somebody')
  else {
    const rows = all.map(each => [
      each.email,
      stateText(each, nowMs),
      safeText(wishText(each.wishes)),
      each.wishes.zone,
    ])
    output.data(table(rows))
  }
  return EXIT.ok
}

export async function addSubscriber(
  { store, output, json, nowMs }: SubscriberRequest,
  email: string,
  wishes: Wishes,
): Promise<ExitCode> {
  const result = await store.subscribers.add(email, wishes, nowMs)
  if (result === 'unsubscribed-before') {
    const fix = 'only its owner can come back, by signing up on the page and confirming'
    throw new CommandError(EXIT.precondition, 'this address has unsubscribed', fix)
  }
  if (json) output.json({ result, wishes })
  else output.say(`${result}: ${safeText(wishText(wishes))}, by the clock of ${wishes.zone}`)
  return EXIT.ok
}

/** Asks on a terminal; elsewhere `--yes` must be given. */
async function isSure({ io }: SubscriberRequest, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (io.ask !== undefined) {
    const answer = await io.ask(
      'Their wishes and address are forgotten, and they get no more mail. Remove? [y/N] ',
    )
    return /^y(es)?$/i.test(answer.trim())
  }
  throw new CommandError(
    EXIT.usage,
    'this forgets a subscriber for good',
    'say --yes where nobody can be asked',
  )
}

export async function removeSubscriber(
  request: SubscriberRequest,
  email: string,
  yes: boolean,
): Promise<ExitCode> {
  const { store, output, json, nowMs } = request
  if (!(await isSure(request, yes))) {
    output.say('nothing was removed')
    return EXIT.failure
  }
  if (!(await store.subscribers.remove(email, nowMs))) {
    throw new CommandError(EXIT.notFound, 'nobody subscribed by that address', 'see bct subscribers list')
  }
  if (json) output.json({ removed: true })
  else output.say('removed; the address stays out until its owner signs up again')
  return EXIT.ok
}

const COLUMNS = 'email state zone report frequency kinds severity keys requested confirmed'.split(' ')

function csvOf({ email, state, wishes, requestedAtMs, confirmedAtMs }: Subscriber): string {
  const { alerts, report, zone } = wishes
  return csvLine([
    email,
    state,
    zone,
    report ? 'yes' : 'no',
    alerts?.frequency ?? null,
    alerts?.interest.kinds.join(' ') ?? null,
    alerts?.interest.minSeverity ?? null,
    alerts === null ? null : followed(wishes),
    instantText(requestedAtMs),
    confirmedAtMs === null ? null : instantText(confirmedAtMs),
  ])
}

export async function exportSubscribers({ store, io, output, json }: SubscriberRequest): Promise<ExitCode> {
  const all = await store.subscribers.subscribers()
  if (json) output.json(all)
  else io.stdout.write([csvLine(COLUMNS), ...all.map(csvOf)].join(''))
  return EXIT.ok
}
