// Alerts, mutes, subscribers and outbox in memory, that know of each other as the tables of the store do.
import type { GlobalMutes, Outbox, Subscribers } from '../../infra/ports.ts'
import { createFakeAlertBook, createFakeGlobalMutes, type FakeAlertBook } from './alert-book.ts'
import { createFakeOutbox, type FakeOutboxParts } from './outbox.ts'
import { createFakeSubscribers } from './subscribers.ts'

export interface FakeDelivery {
  readonly alertBook: FakeAlertBook
  readonly globalMutes: GlobalMutes
  readonly subscribers: Subscribers
  readonly outbox: Outbox
  /** Where `decide` has come: by stage and partition. */
  progress(stage: string, partition: number): number | null
  /** Calls of the outbox reject with what this returns, until it returns null; `after`: once done. */
  failWith: ((at: 'before' | 'after', call: keyof Outbox) => Error | null) | null
}

/** Every call fails as `failWith` says. */
function failing(outbox: Outbox, failWith: () => FakeDelivery['failWith']): Outbox {
  return new Proxy(outbox, {
    get(target, name) {
      const call = name as keyof Outbox
      const work = target[call] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        const before = failWith()?.('before', call)
        if (before) throw before
        const result = await work(...args)
        const after = failWith()?.('after', call)
        if (after) throw after
        return result
      }
    },
  })
}

export function createFakeDelivery(parts: Pick<FakeOutboxParts, 'onProgress'> = {}): FakeDelivery {
  const alertBook = createFakeAlertBook()
  const { subscribers, membership } = createFakeSubscribers()
  const progress = new Map<string, number>()
  const outbox = createFakeOutbox({
    standing: alertBook.standing,
    membership,
    onProgress(stage, partition, offset) {
      const id = `${stage} ${partition}`
      progress.set(id, Math.max(progress.get(id) ?? 0, offset))
      parts.onProgress?.(stage, partition, offset)
    },
  })
  const delivery: FakeDelivery = {
    alertBook,
    globalMutes: createFakeGlobalMutes(),
    subscribers,
    outbox: failing(outbox, () => delivery.failWith),
    progress: (stage, partition) => progress.get(`${stage} ${partition}`) ?? null,
    failWith: null,
  }
  return delivery
}
