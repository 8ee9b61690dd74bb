// Where links in mails lead: GET shows and changes nothing, POST does it, and whoever has the link may.
import express, { type Request, type Response, Router } from 'express'
import {
  CONFIRM_WITHIN_MS,
  LINK_PATHS,
  type LinkPurpose,
  MUTE_MS,
  readLink,
  SNOOZES,
  type Snooze,
  signLink,
} from '../../infra/runtime/links.ts'
import { keyName } from '../../schemas/alert-words.ts'
import type { Subscriber } from '../../schemas/subscriptions.ts'
import { limitPerMinute } from './api.ts'
import type { Context } from './context.ts'
import type { Delivery } from './delivery.ts'
import { type Page, sendPage } from './html.ts'
import {
  confirmedPage,
  confirmPage,
  LATE_LINK,
  managePage,
  mutedPage,
  mutePage,
  snoozedPage,
  snoozePage,
  UNKNOWN_LINK,
  UNSUBSCRIBED,
  unsubscribePage,
} from './link-pages.ts'
import { firstIssue, readWishes } from './wishes-form.ts'

/** Mail providers unsubscribe for many people from one address. */
const REQUESTS_PER_MINUTE = 600
/** The manage form with fifty of the longest keys. */
const MAX_FORM_BYTES = 40_000
/** Nobody's id: looked up where a token is forged, so that it takes as long as a good one. */
const NOBODY = '00000000-0000-4000-8000-000000000000'

/** A signed link that somebody opened. */
interface Visit {
  readonly subscriberId: string
  readonly extra: string
  /** Null: unsubscribed, or never confirmed and forgotten. */
  readonly subscriber: Subscriber | null
  readonly path: string
  readonly managePath: string
  readonly url: string
  readonly form: URLSearchParams
  readonly nowMs: number
}
type Answer = (visit: Visit, delivery: Delivery) => Promise<Page> | Page

/** For links that need the subscriber: gone is gone. */
const known =
  (answer: (subscriber: Subscriber, visit: Visit, delivery: Delivery) => Promise<Page> | Page): Answer =>
  (visit, delivery) =>
    visit.subscriber === null ? UNKNOWN_LINK : answer(visit.subscriber, visit, delivery)

/** Confirming what is confirmed changes nothing, at any time; a request waits for 48 hours. */
const isLate = ({ state, requestedAtMs }: Subscriber, nowMs: number): boolean =>
  state === 'pending' && nowMs - requestedAtMs > CONFIRM_WITHIN_MS

const showConfirm = known((subscriber, { path, managePath, nowMs }) => {
  if (subscriber.state === 'active') return confirmedPage(managePath, subscriber.wishes)
  return isLate(subscriber, nowMs) ? LATE_LINK : confirmPage(path, subscriber.wishes)
})

const confirm = known(async (subscriber, { managePath, nowMs }, { subscribers }) => {
  if (isLate(subscriber, nowMs)) return LATE_LINK
  const confirmed = await subscribers.confirm(subscriber.id, nowMs)
  return confirmed === null ? UNKNOWN_LINK : confirmedPage(managePath, confirmed.wishes)
})

/** One click: no questions, whether or not somebody is there (RFC 8058). */
const unsubscribe: Answer = async ({ subscriberId, nowMs }, { subscribers }) => {
  await subscribers.unsubscribe(subscriberId, nowMs)
  return UNSUBSCRIBED
}
const showUnsubscribe: Answer = ({ subscriber, path, managePath }) =>
  subscriber === null ? UNSUBSCRIBED : unsubscribePage(path, managePath)

function snoozeOf(url: string): Snooze {
  const asked = new URL(url, 'http://localhost').searchParams.get('for')
  return asked === '7d' ? '7d' : '24h'
}
const showSnooze = known((_, { path, url }) => snoozePage(time => `${path}?for=${time}`, snoozeOf(url)))

const snooze = known(async ({ id, wishes }, { nowMs, managePath, url }, { subscribers }) => {
  const untilMs = nowMs + SNOOZES[snoozeOf(url)]
  return (await subscribers.snooze(id, untilMs)) ? snoozedPage(untilMs, wishes, managePath) : UNKNOWN_LINK
})

const showMute = known((_, { path, extra }) => (extra === '' ? UNKNOWN_LINK : mutePage(path, extra)))

const mute = known(async ({ id, wishes }, { extra, nowMs, managePath }, { subscribers }) => {
  if (extra === '') return UNKNOWN_LINK
  const muted = { key: extra, untilMs: nowMs + MUTE_MS }
  return (await subscribers.mute(id, muted)) ? mutedPage(muted, wishes, managePath) : UNKNOWN_LINK
})

const showManage = known((subscriber, { path, nowMs }) =>
  managePage({ path, subscriber, nowMs, note: '', isProblem: false }),
)

/** What was done in words; null where nothing was understood. */
async function manageAct(
  { id, state }: Subscriber,
  { form, nowMs }: Visit,
  { subscribers }: Delivery,
): Promise<string | null> {
  switch (form.get('do')) {
    case 'snooze-24h':
    case 'snooze-7d': {
      const time: Snooze = form.get('do') === 'snooze-7d' ? '7d' : '24h'
      await subscribers.snooze(id, nowMs + SNOOZES[time])
      return 'Sleep well.'
    }
    case 'wake':
      await subscribers.snooze(id, null)
      return 'You are awake: alerts come again.'
    case 'unmute': {
      const key = form.get('key') ?? ''
      await subscribers.mute(id, { key, untilMs: nowMs })
      return `You hear of ${keyName(key)} again.`
    }
    case 'save': {
      const wishes = readWishes(form)
      if (!wishes.success) return null
      await subscribers.change(id, wishes.data)
      // Whoever opened a mail's link can read mail.
      if (state === 'suppressed') await subscribers.confirm(id, nowMs)
      return 'Saved.'
    }
    default:
      return null
  }
}

const manage = known(async (subscriber, visit, delivery) => {
  const { path, nowMs, form } = visit
  if (form.get('do') === 'unsubscribe') return unsubscribe(visit, delivery)
  const done = await manageAct(subscriber, visit, delivery)
  const wishes = readWishes(form)
  const note =
    done ?? (wishes.success ? 'Nothing was changed.' : `Not saved: ${firstIssue(wishes.error).message}`)
  const now = await delivery.subscribers.find(subscriber.id)
  return now === null
    ? UNKNOWN_LINK
    : managePage({ path, subscriber: now, nowMs, note, isProblem: done === null })
})

const ANSWERS: Readonly<Record<LinkPurpose, { readonly show: Answer; readonly act: Answer }>> = {
  confirm: { show: showConfirm, act: confirm },
  manage: { show: showManage, act: manage },
  unsubscribe: { show: showUnsubscribe, act: unsubscribe },
  snooze: { show: showSnooze, act: snooze },
  mute: { show: showMute, act: mute },
}

export function linksRouter({ delivery, clients }: Context): Router {
  const router = Router()
  if (delivery === null) return router
  const { subscribers, clock } = delivery
  let secret: Promise<Uint8Array> | null = null
  const secretOf = (): Promise<Uint8Array> => {
    secret ??= subscribers.linkSecret()
    secret.catch(() => {
      secret = null
    })
    return secret
  }

  async function visitOf(purpose: LinkPurpose, req: Request): Promise<Visit | null> {
    const key = await secretOf()
    const token = String(req.params.token)
    const link = readLink(key, purpose, token)
    const subscriber = await subscribers.find(link?.subscriberId ?? NOBODY)
    if (link === null) return null
    const managePath = `${LINK_PATHS.manage}${signLink(key, 'manage', link.subscriberId)}`
    const form = new URLSearchParams(typeof req.body === 'string' ? req.body : '')
    const told = { path: `${LINK_PATHS[purpose]}${token}`, url: req.originalUrl, nowMs: clock.nowMs() }
    return { ...link, ...told, subscriber, managePath, form }
  }
  const answer = (purpose: LinkPurpose, what: 'show' | 'act') => async (req: Request, res: Response) => {
    const visit = await visitOf(purpose, req)
    sendPage(res, visit === null ? UNKNOWN_LINK : await ANSWERS[purpose][what](visit, delivery))
  }
  const limit = limitPerMinute(REQUESTS_PER_MINUTE, clients)
  const readForm = express.text({ type: 'application/x-www-form-urlencoded', limit: MAX_FORM_BYTES })
  for (const purpose of Object.keys(ANSWERS) as LinkPurpose[]) {
    const path = `${LINK_PATHS[purpose]}:token`
    router.get(path, limit, answer(purpose, 'show'))
    if (purpose === 'manage') router.post(path, limit, readForm, answer(purpose, 'act'))
    else router.post(path, limit, answer(purpose, 'act'))
  }
  return router
}
