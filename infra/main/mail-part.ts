// Mail of a running product: where letters go, what writes them, and what the status says of them.
import path from 'node:path'
import type { MailStatus } from '../../dashboard/core/api-alerts.ts'
import type { MessageContent } from '../../schemas/subscriptions.ts'
import { DAY_MS, floorTo } from '../../schemas/time.ts'
import { createAlertMailer } from '../../sinks/alert-mailer/alert-mailer.ts'
import { webhookPost } from '../../sinks/alert-mailer/letters/webhook-post.ts'
import { writeLetter } from '../../sinks/alert-mailer/letters/writing.ts'
import { ALERT_MAILER, type Writing } from '../../sinks/alert-mailer/parts.ts'
import type {
  AlertBook,
  Clock,
  EventLog,
  GlobalMutes,
  History,
  MailAttachment,
  Mailer,
  Outbox,
  Store,
  Subscribers,
  Telemetry,
  Webhook,
} from '../ports.ts'
import { createPainter } from '../resvg/painter.ts'
import type { DkimKey } from '../smtp/dkim.ts'
import { createMailFolder } from '../smtp/folder.ts'
import { createSmtpMailer } from '../smtp/smtp.ts'
import { createWebhook } from '../webhook/webhook.ts'
import { type Config, type Mode, modeDir } from './config.ts'
import { readHealth, watchMail } from './mail-watch.ts'
import { pageUrlOf, type Running } from './running.ts'
import { watchSilence } from './silence-watch.ts'

/** What the store keeps of alerts and of who hears of them. */
export interface DeliveryStore {
  readonly alertBook: AlertBook
  readonly globalMutes: GlobalMutes
  readonly subscribers: Subscribers
  readonly outbox: Outbox
}

/** Everything that reaches people, ready to be used. */
export interface Mail extends DeliveryStore {
  readonly history: Pick<History, 'totals' | 'deadLetters'>
  readonly mailer: Mailer
  readonly webhook: Webhook | null
  readonly writing: Writing
  readonly operatorEmail: string | null
}

type MailConfig = Pick<
  Config,
  | 'dataDir'
  | 'smtpUrl'
  | 'smtpTimeoutMs'
  | 'dkimDomain'
  | 'dkimSelector'
  | 'dkimKey'
  | 'mailFrom'
  | 'operatorEmail'
  | 'webhookUrl'
  | 'webhookSecret'
>

function dkimOf({ dkimDomain, dkimSelector, dkimKey }: MailConfig): DkimKey | null {
  if (dkimDomain === null || dkimSelector === null || dkimKey === null) return null
  return { domain: dkimDomain, selector: dkimSelector, privateKey: dkimKey }
}

/** The mail server that is configured; else, and for what is played again, a folder with the mode's data. */
export function createMailer(config: MailConfig, mode: Mode): Mailer {
  const { smtpUrl: url, smtpTimeoutMs: timeoutMs, mailFrom: from } = config
  if (url !== null && mode !== 'recorded') {
    return createSmtpMailer({ url, from, timeoutMs, dkim: dkimOf(config) })
  }
  return createMailFolder({ dir: path.join(modeDir(config as Config, mode), 'mail'), from })
}

export interface MailOptions {
  readonly config: MailConfig
  readonly mode: Mode
  readonly store: DeliveryStore & History
  /** Where people reach the page, as it is known when a letter is written. */
  readonly publicUrl: () => string
  /** Files that go with a message. */
  readonly attachments: (content: MessageContent) => Promise<readonly MailAttachment[]>
}

export async function openMail({ config, mode, store, publicUrl, attachments }: MailOptions): Promise<Mail> {
  const { operatorEmail, webhookUrl: url, webhookSecret: secret } = config
  const { alertBook, globalMutes, subscribers, outbox } = store
  const [painter, linkSecret] = [createPainter(), await subscribers.linkSecret()]
  const site = () => ({
    publicUrl: publicUrl(),
    linkSecret,
    isSimulated: mode === 'simulated',
    operatorEmail,
  })
  return {
    ...{ alertBook, globalMutes, subscribers, outbox, operatorEmail },
    history: store,
    mailer: createMailer(config, mode),
    webhook: url === null || secret === null ? null : createWebhook({ url, secret }),
    writing: {
      letter: (message, subscriber) => writeLetter({ ...site(), painter, attachments }, message, subscriber),
      post: message => webhookPost(message, site()),
    },
  }
}

/** The mail of a running product. `dashboardUrl`: of this process; null where its dashboard does not run. */
export function openMailOf(
  running: Running,
  dashboardUrl: () => string | null,
  attachments: MailOptions['attachments'],
): Promise<Mail> {
  const { options, choice, resources } = running
  const { config } = options.loaded
  return openMail({
    config,
    mode: choice.mode,
    store: resources.store,
    publicUrl: () => pageUrlOf(running, dashboardUrl) ?? `http://${config.host}:${config.port}`,
    attachments,
  })
}

export interface MailStageParts {
  readonly log: EventLog
  readonly store: Pick<Store, 'progress'>
  readonly mail: Mail
  readonly clock: Clock
  readonly pace: Clock
  readonly telemetry: Telemetry
  readonly random: () => number
}

/** Reads alerts, composes, sends and watches until it is closed. */
export async function startMailing(
  parts: MailStageParts,
): Promise<{ readonly done: Promise<unknown>; close(): Promise<void> }> {
  const { log, store, mail, clock, pace, telemetry, random } = parts
  const { outbox, subscribers, globalMutes, history, mailer, webhook, writing, operatorEmail } = mail
  const stop = new AbortController()
  const stage = createAlertMailer(
    {
      ...{ outbox, subscribers, history, mailer, webhook, writing, operatorEmail },
      ...{ clock, pace, telemetry, random },
      mutes: globalMutes,
      progress: (name, topic, partition) => store.progress(name, topic, partition),
    },
    stop.signal,
  )
  const consumer = await log.consume({ group: ALERT_MAILER, topic: 'alerts', onAssigned: stage.onAssigned })
  const watching =
    operatorEmail === null
      ? Promise.resolve()
      : watchSilence({ log, outbox, history, operatorEmail, clock, pace, telemetry }, stop.signal)
  const watchingMail = watchMail({ outbox, operatorEmail, pace, telemetry }, stop.signal)
  const loops = Promise.all([stage.run(), watching, watchingMail])
  // A decision that is broken off because we stop is made at the next start: no failure.
  const reading = consumer.done.catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  return {
    done: Promise.all([reading, loops]),
    close: async () => {
      stop.abort()
      await Promise.allSettled([consumer.close(), loops])
      await mailer.close()
    },
  }
}

/** What `status` and the page say of mail; `nowMs`: of the machine. */
export async function mailStatus(
  outbox: Outbox,
  { place, isReal }: Pick<Mailer, 'place' | 'isReal'>,
  nowMs: number,
): Promise<MailStatus> {
  const dayMs = floorTo(nowMs, DAY_MS)
  const [counts, suppressed, health] = await Promise.all([
    outbox.counts(dayMs),
    outbox.suppressedSince(dayMs),
    readHealth(outbox, nowMs),
  ])
  return {
    ...{ place, isReal },
    waiting: counts.waiting + counts.sending,
    failed: counts.failed,
    sentToday: counts.sentSince,
    health,
    suppressedToday: Object.values(suppressed).reduce((sum, count) => sum + count, 0),
  }
}
