// Signing up: the same answer, as soon and as long, whoever asks for whatever address.
import { createHmac } from 'node:crypto'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { rateLimit } from 'express-rate-limit'
import { LRUCache } from 'lru-cache'
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import { normaliseAddress } from '../../schemas/addresses.ts'
import { html, NOTHING } from '../../schemas/html.ts'
import type { OutboxMessage, Subscriber, Wishes } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../schemas/time.ts'
import { MAX_ADDRESS_LENGTH, type SignUpAnswer, signUpSchema } from '../core/api-alerts.ts'
import { API_PATHS } from '../core/query.ts'
import { byClient, type Clients } from './clients.ts'
import type { Context } from './context.ts'
import { sendPage } from './html.ts'
import { BadRequest } from './params.ts'
import { sendProblem } from './problems.ts'
import { isOwnPage } from './security.ts'
import { firstIssue, USUAL_WISHES, wishesFields, wishesOfForm } from './wishes-form.ts'

/** Fifty of the longest keys, and room. */
const MAX_BODY_BYTES = 40_000
/** A household, or an office where a link was passed round. */
export const PER_ADDRESS_AND_HOUR = 20
/** Whoever has many addresses: this is for everybody together, and bounds what we mail. */
export const TOGETHER_PER_HOUR = 500
export const CONFIRMS_A_DAY = 3
/** Whose mails of today are counted; beyond them counting starts again, and the outbox drops what it has. */
const MAX_COUNTED = 10_000
/** Longer than the store takes, known address or not: the time of an answer tells nothing. */
export const ANSWER_AFTER_MS = 500

const ANSWER: SignUpAnswer = {
  message:
    'Thank you. If this address can get mail, a message with a link is on its way; the link holds for 48 hours.',
}
const FORM = 'application/x-www-form-urlencoded'

/**
 * The mail that goes to who asked: at most `CONFIRMS_A_DAY` in a day of UTC, whatever this process remembers,
 * since the outbox takes each dedupe key once. To who is subscribed it says so, once a day.
 */
function createLetters(): (subscriber: Subscriber, secret: Uint8Array, nowMs: number) => OutboxMessage {
  const counted = new LRUCache<string, number>({ max: MAX_COUNTED })
  return ({ id, email, state }, secret, nowMs) => {
    // Whoever leaves and is signed up again has another id, and the same mailbox.
    const who = createHmac('sha256', secret).update(`sign-up ${email}`).digest('hex').slice(0, 32)
    const day = Math.floor(nowMs / DAY_MS)
    const kind = state === 'active' ? 'already-subscribed' : 'confirm'
    const most = kind === 'confirm' ? CONFIRMS_A_DAY : 1
    const n = Math.min(most, (counted.get(`${who} ${day}`) ?? 0) + 1)
    counted.set(`${who} ${day}`, n)
    return outboxMessage({
      dedupeKey: `${kind}:${who}:${day}:${n}`,
      ...{ channel: 'mail', subscriberId: id, recipient: email, content: { kind }, dueAtMs: nowMs },
    })
  }
}

interface Asked {
  readonly email: string
  readonly wishes: Wishes
}

/** What the body asks for, as JSON or as the form says it. */
function readBody(req: Request): Asked {
  const form = typeof req.body === 'string' ? new URLSearchParams(req.body) : null
  const body: unknown = form === null ? req.body : { email: form.get('email'), wishes: wishesOfForm(form) }
  const read = signUpSchema.safeParse(body)
  if (!read.success) {
    const { parameter, message } = firstIssue(read.error)
    throw new BadRequest(parameter.replace(/^wishes\./, ''), message || 'must be {"email": …, "wishes": …}')
  }
  const email = normaliseAddress(read.data.email)
  if (email === null) throw new BadRequest('email', 'this is not an address that mail can be sent to')
  return { email, wishes: read.data.wishes }
}

const perHour = (limit: number, clients: Clients, together = false): RequestHandler =>
  rateLimit({
    windowMs: HOUR_MS,
    limit,
    ...byClient(clients),
    ...(together ? { keyGenerator: () => 'all' } : { skip: (req: Request) => clients.isLocal(req) }),
    // How many signed up together is nobody's business.
    standardHeaders: together ? false : 'draft-8',
    legacyHeaders: false,
    handler: (_req, res) => {
      if (together) res.set('retry-after', String(HOUR_MS / SECOND_MS))
      const message = 'Too many people sign up just now; wait as Retry-After says.'
      sendProblem(res, 429, { code: 'too-many-requests', message })
    },
  })

function sendAnswer(req: Request, res: Response): void {
  res.status(202)
  if (req.is(FORM))
    sendPage(res, { status: 202, title: 'Look into your mail', body: html`<p>${ANSWER.message}</p>` })
  else res.set('cache-control', 'no-store').json(ANSWER)
}

function formPage(isReal: boolean): Parameters<typeof sendPage>[1] {
  const note = html`<p class="note">This tracker has no mail server: mails are written into a folder, and only who runs it can read them.</p>`
  return {
    status: 200,
    title: 'Hear of what moves',
    body: html`${isReal ? NOTHING : note}<form method="post" action="${API_PATHS.subscriptions}">
<label for="email">Your e-mail address</label>
<input id="email" name="email" type="email" required maxlength="${MAX_ADDRESS_LENGTH}" autocomplete="email">
<p class="muted">You get one mail with a link; nothing else comes before you confirm it. No account, and every mail can end it.</p>
${wishesFields(USUAL_WISHES)}
<button>Sign up</button></form>`,
  }
}

/** Where signing up is off, both addresses say so. */
function offRouter(): Router {
  const router = Router()
  router.all([API_PATHS.subscriptions, '/subscribe'], (_req, res) => {
    const message = 'Nobody can sign up here: whoever runs this tracker adds people. Ask them.'
    sendProblem(res, 404, { code: 'sign-up-off', message })
  })
  return router
}

/** What is asked for is read before it counts for everybody: nonsense uses up nobody else's turn. */
const readAsked: RequestHandler = (req, res, next) => {
  try {
    res.locals.asked = readBody(req)
  } catch (error) {
    if (!(error instanceof BadRequest) || !req.is(FORM)) throw error
    const body = html`<p>${error.message}</p><p>Go back, and try again.</p>`
    return sendPage(res, { status: 400, title: 'That cannot be', body })
  }
  next()
}

export function signUpRouter({
  delivery,
  allowedOrigins,
  clients,
}: Pick<Context, 'delivery' | 'allowedOrigins' | 'clients'>): Router {
  if (delivery === null || !delivery.signUp) return offRouter()
  const { subscribers, outbox, clock } = delivery
  const router = Router()
  const letterFor = createLetters()

  async function signUp({ email, wishes }: Asked): Promise<void> {
    const nowMs = clock.nowMs()
    const subscriber = await subscribers.request(email, wishes, nowMs)
    await outbox.post([letterFor(subscriber, await subscribers.linkSecret(), nowMs)])
  }
  const ownPagesOnly: RequestHandler = (req, res, next) => {
    if (isOwnPage(req, allowedOrigins)) return next()
    sendProblem(res, 403, { code: 'foreign-page', message: 'Sign up on our own page; see allowedOrigins.' })
  }
  router.post(
    API_PATHS.subscriptions,
    ownPagesOnly,
    perHour(PER_ADDRESS_AND_HOUR, clients),
    express.json({ limit: MAX_BODY_BYTES }),
    express.text({ type: FORM, limit: MAX_BODY_BYTES }),
    readAsked,
    perHour(TOGETHER_PER_HOUR, clients, true),
    async (req, res) => {
      await Promise.all([signUp(res.locals.asked as Asked), clock.sleep(ANSWER_AFTER_MS)])
      sendAnswer(req, res)
    },
  )
  router.get('/subscribe', async (_req, res) => {
    const { isReal } = await delivery.status()
    sendPage(res, formPage(isReal))
  })
  return router
}
