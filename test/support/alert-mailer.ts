// The alert-mailer on fakes: a log, a store of notices, a mail server and a webhook that only a test moves.
import type { Letter, MailResult, PostedMessage } from '../../infra/ports.ts'
import { OutageError } from '../../infra/ports.ts'
import type { Alert } from '../../schemas/alerts.ts'
import type { Frequency, Interest, Subscriber, Wishes } from '../../schemas/subscriptions.ts'
import { createAlertMailer } from '../../sinks/alert-mailer/alert-mailer.ts'
import { ALERT_MAILER, type AlertMailerParts } from '../../sinks/alert-mailer/parts.ts'
import { createFakeClock, type FakeClock, settled } from '../fakes/clock.ts'
import { createFakeDelivery, type FakeDelivery } from '../fakes/delivery.ts'
import { createFakeEventLog, type FakeEventLog } from '../fakes/event-log.ts'
import { createFakeMailer, type FakeMailer } from '../fakes/mailer.ts'
import { createFakeTelemetry, type FakeTelemetry } from '../fakes/telemetry.ts'
import { NOON_MS } from './told-alerts.ts'

export const OPERATOR = 'operator@example.org'
export const EVERYTHING: Interest = { keys: [], kinds: ['rise', 'drop', 'emerging'], minSeverity: 'info' }

export function wishes(frequency: Frequency, interest: Partial<Interest> = {}, zone = 'UTC'): Wishes {
  return { alerts: { interest: { ...EVERYTHING, ...interest }, frequency }, report: false, zone }
}

/** A letter that says what the message says, and nothing else. */
export function plainLetter(message: PostedMessage): Letter {
  const { id, postedAtMs: atMs, recipient: to, content } = message
  const text = JSON.stringify(content)
  const rest = { html: '', references: [], unsubscribeUrl: null, attachments: [] }
  return { id, atMs, to, subject: content.kind, text, ...rest }
}

export interface Post {
  readonly id: string
  readonly body: unknown
}

export interface MailWorld {
  readonly log: FakeEventLog
  readonly delivery: FakeDelivery
  /** Both the feed's and the machine's. */
  readonly clock: FakeClock
  readonly mailer: FakeMailer
  readonly posts: readonly Post[]
  readonly telemetry: FakeTelemetry
  /** Share of items with a known genre in every answer of the history, of 1,000 items. */
  usualCoverage: number
  /** What the webhook answers; the default takes everything. */
  webhookAnswer: () => MailResult
  parts(over?: Partial<AlertMailerParts>): AlertMailerParts
  /** Somebody who is active. */
  subscribe(email: string, wishes: Wishes): Promise<Subscriber>
  /** What `detect` and the store-writer do. */
  happen(...alerts: readonly Alert[]): Promise<void>
  /** A mailer of its own, until it is stopped. `leaveLog`: as one that died does. */
  start(over?: Partial<AlertMailerParts>): Promise<{ stop(): Promise<void>; leaveLog(): void }>
  /** Letters of alerts, digests and so on to an address: the ids of their alerts. */
  told(email: string): readonly (readonly string[])[]
}

export function createMailWorld(startMs = NOON_MS): MailWorld {
  const clock = createFakeClock(startMs)
  const [log, telemetry] = [createFakeEventLog(), createFakeTelemetry()]
  const [delivery, mailer] = [createFakeDelivery(), createFakeMailer()]
  const posts: Post[] = []
  const totals = async () => {
    const [items, knownGenreItems] = [1_000, Math.round(world.usualCoverage * 1_000)]
    const rest = { baskets: 0, units: 0, revenueUsdCents: 0, overUsdCents: 0, artists: 0 }
    return { items, knownGenreItems, ...rest }
  }
  const world: MailWorld = {
    ...{ log, delivery, clock, mailer, posts, telemetry, usualCoverage: 0.9 },
    webhookAnswer: () => ({ kind: 'accepted' }),
    parts: over => ({
      outbox: delivery.outbox,
      subscribers: delivery.subscribers,
      mutes: delivery.globalMutes,
      progress: async (stage, _topic, partition) => delivery.progress(stage, partition),
      history: { totals },
      mailer,
      webhook: {
        async post(id, _atMs, body) {
          const answer = world.webhookAnswer()
          if (answer.kind === 'accepted') posts.push({ id, body })
          return answer
        },
      },
      writing: { letter: async message => plainLetter(message), post: message => message.content },
      operatorEmail: OPERATOR,
      clock,
      pace: clock,
      telemetry,
      random: () => 0.5,
      ...over,
    }),
    async subscribe(email, wanted) {
      await delivery.subscribers.add(email, wanted, clock.nowMs())
      return (await delivery.subscribers.subscribers()).find(each => each.email === email)!
    },
    async happen(...alerts) {
      delivery.alertBook.put(alerts)
      await log.append(alerts.map(record => ({ topic: 'alerts', partition: 0, record })))
      await settled()
    },
    async start(over) {
      const stop = new AbortController()
      const stage = createAlertMailer(world.parts(over), stop.signal)
      const reader = log.open()
      const consumer = await reader.consume({
        group: ALERT_MAILER,
        topic: 'alerts',
        onAssigned: stage.onAssigned,
      })
      const done = stage.run()
      done.catch(() => {})
      return {
        leaveLog: () => reader.crash(),
        async stop() {
          stop.abort()
          await Promise.all([consumer.close(), done])
        },
      }
    },
    told: email => mailer.taken.filter(letter => letter.to === email).map(alertIds),
  }
  return world
}

/** Ids of the alerts that a plain letter tells of, closed ones last. */
export function alertIds({ text }: Letter): readonly string[] {
  const content = JSON.parse(text) as {
    readonly alerts?: readonly Alert[]
    readonly opened?: readonly Alert[]
    readonly closed?: readonly Alert[]
  }
  const all = [...(content.alerts ?? content.opened ?? []), ...(content.closed ?? [])]
  return all.map(alert => alert.id)
}

export const outage = (): OutageError => new OutageError('ECONNREFUSED', 'away')
