// Mail in the simulation: whose outbox, mail server and webhook these are, each call a step that may fail.
import type { Mail } from '../../../infra/main/mail-part.ts'
import { type Letter, type MailResult, OutageError } from '../../../infra/ports.ts'
import type { Alert } from '../../../schemas/alerts.ts'
import { plainLetter } from '../../support/alert-mailer.ts'
import type { Owner, Scheduler } from './scheduler.ts'
import { outage, type Storage } from './storage.ts'

export interface SimulatedMail {
  readonly delivery: Pick<Mail, 'subscribers' | 'outbox'>
  /** Letters that were there whole, whether or not that was answered. */
  readonly letters: readonly Letter[]
  /** Of the webhook, likewise: ids and bodies. */
  readonly posts: readonly { readonly id: string; readonly body: unknown }[]
  /** How often each trouble was made. */
  readonly troubles: ReadonlyMap<string, number>
  /** As a process of `owner` sees it. */
  mailFor(owner: Owner): Mail
  /** From now on everything is taken. */
  heal(): void
}

const TROUBLE_SHARE = 0.3

export function createSimulatedMail(scheduler: Scheduler, storage: Storage): SimulatedMail {
  const { rng } = scheduler
  const delivery = storage.store
  const letters: Letter[] = []
  const posts: { readonly id: string; readonly body: unknown }[] = []
  const troubles = new Map<string, number>()
  let isHealthy = false

  function ported<T extends object>(owner: Owner, name: string, port: T): T {
    return new Proxy(port, {
      get(target, key) {
        const work = (target as Record<PropertyKey, unknown>)[key]
        if (typeof work !== 'function') return work
        return async (...args: unknown[]) => {
          const effect = (): unknown => {
            if (storage.storeIsAway) throw outage('the store')
            return work.apply(target, args)
          }
          const answer = await scheduler.step(owner, `${name} ${String(key)}`, effect)
          // Done, and the answer is lost with the connection.
          if (storage.storeIsAway) throw outage('the store')
          return answer
        }
      },
    })
  }

  /** Takes it, puts it off, or takes it and hangs up before it says so. */
  function take(what: string, taken: () => void): MailResult {
    const dice = isHealthy ? 1 : rng.unit()
    const trouble = dice < TROUBLE_SHARE / 2 ? 'later' : dice < TROUBLE_SHARE ? 'hung up' : null
    if (trouble !== null) troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1)
    if (trouble !== 'later') taken()
    if (trouble !== null) throw new OutageError(trouble, `the ${what} has ${trouble}`)
    return { kind: 'accepted' }
  }

  return {
    delivery,
    letters,
    posts,
    troubles,
    heal() {
      isHealthy = true
    },
    mailFor(owner) {
      return {
        alertBook: ported(owner, 'alerts', delivery.alertBook),
        globalMutes: ported(owner, 'mutes', delivery.globalMutes),
        subscribers: ported(owner, 'subscribers', delivery.subscribers),
        outbox: ported(owner, 'outbox', delivery.outbox),
        history: storage.store,
        mailer: {
          place: 'the simulation',
          isReal: false,
          send: letter =>
            scheduler.step(owner, 'mail', () => take('mail server', () => letters.push(letter))),
          close: async () => {},
        },
        webhook: {
          post: (id, _atMs, body) =>
            scheduler.step(owner, 'webhook', () => take('webhook', () => posts.push({ id, body }))),
        },
        writing: { letter: async message => plainLetter(message), post: message => message.content },
        operatorEmail: null,
      }
    },
  }
}

export function alertsIn(content: unknown): readonly Alert[] {
  const { alerts = [], opened = [] } = content as Readonly<
    Partial<Record<'alerts' | 'opened', readonly Alert[]>>
  >
  return [...alerts, ...opened]
}
