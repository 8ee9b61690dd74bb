// Chapter: whether mail gets out. A share with enough behind it, told once, and in the log in any case.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MailWatch, readHealth } from '../../infra/main/mail-watch.ts'
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import type { MessageContent } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { mailHealth, OVERDUE_AFTER_MS } from '../../sinks/alert-mailer/core/health.ts'
import { createMailWorld, OPERATOR, outage, wishes } from '../support/alert-mailer.ts'
import { NOON_MS } from '../support/told-alerts.ts'

const REPORT: MessageContent = {
  ...{ kind: 'report', days: ['2026-11-17'], zone: 'UTC', archived: [] },
  ...{ subject: 'A day', lines: [], isPartial: false },
}

describe('the share', () => {
  test.each([
    [{ sent: 0, failed: 0, overdue: 0 }, null, false],
    [{ sent: 0, failed: 2, overdue: 0 }, 1, false],
    [{ sent: 0, failed: 3, overdue: 0 }, 1, true],
    [{ sent: 0, failed: 1, overdue: 2 }, 1, true],
    [{ sent: 57, failed: 3, overdue: 0 }, 0.05, false],
    [{ sent: 56, failed: 3, overdue: 0 }, 3 / 59, true],
    [{ sent: 1_000_000, failed: 40_000, overdue: 0 }, 4 / 104, false],
  ])('[N99] of %j is %s: failing %s', (counts, share, isFailing) => {
    expect(mailHealth(counts)).toEqual({ ...counts, share, isFailing })
  })

  test('[N99] one more that fails never makes it better, one more that is sent never worse', () => {
    const count = fc.nat(300)
    fc.assert(
      fc.property(count, count, count, (sent, failed, overdue) => {
        const now = mailHealth({ sent, failed, overdue })
        expect(mailHealth({ sent, failed: failed + 1, overdue }).isFailing || !now.isFailing).toBe(true)
        expect(now.isFailing || !mailHealth({ sent: sent + 1, failed, overdue }).isFailing).toBe(true)
      }),
    )
  })
})

async function setup() {
  const world = createMailWorld(NOON_MS)
  const { outbox } = world.delivery
  const { id } = await world.subscribe('a@example.org', { ...wishes('instant'), report: true })
  let posted = 0
  const post = (count: number, content: MessageContent = REPORT) => {
    const nowMs = world.clock.nowMs()
    const to = { channel: 'mail', subscriberId: id, recipient: 'a@example.org', dueAtMs: nowMs } as const
    return outbox.post(
      Array.from({ length: count }, () => outboxMessage({ dedupeKey: `t${posted++}`, ...to, content })),
    )
  }
  const watch = new MailWatch({
    outbox,
    operatorEmail: OPERATOR,
    pace: world.clock,
    telemetry: world.telemetry,
  })
  const said = () =>
    world.telemetry.events.flatMap(({ name, event }) =>
      name === 'warn' || name === 'info' ? [(event as { readonly message: string }).message] : [],
    )
  const told = async () =>
    (await outbox.messages(100)).flatMap(({ content }) =>
      content.kind === 'operator' && content.subject.startsWith('Mail') ? [content] : [],
    )
  const run = async (ms: number) => {
    const mailer = await world.start()
    await world.clock.advance(ms)
    await mailer.stop()
  }
  return { world, outbox, post, watch, said, told, run }
}

test('[N99] letters that the server refuses are told once, in the log and to the operator, until it is well again', async () => {
  const { world, post, watch, said, told, run } = await setup()
  let isBroken = false
  world.mailer.answer(letter => (isBroken && letter.to !== OPERATOR ? 'refuse-message' : 'accept'))
  await post(40)
  await run(5 * MINUTE_MS)
  await watch.look()
  expect([said(), await told()]).toEqual([[], []])
  isBroken = true
  // A single one of a day is told by itself, and that message gets out.
  await post(3)
  await run(MINUTE_MS)
  for (let n = 0; n < 5; n++) await watch.look()
  expect(said()).toEqual(['mail fails: of 44 letters in 24 hours 3 failed and 0 are overdue'])
  expect((await told()).map(({ subject }) => subject)).toEqual(['Mail does not get out'])
  expect(world.telemetry.of('mailHealth').at(-1)).toEqual({ share: 3 / 44, overdue: 0 })
  // Another process sees the same: its log says so, and nobody gets a second letter.
  const other = new MailWatch(world.parts())
  await other.look()
  expect([said().length, (await told()).length]).toEqual([2, 1])
  await world.clock.advance(DAY_MS)
  await watch.look()
  expect([said().at(-1), (await told()).length]).toEqual(['mail gets out again', 1])
})

test('[N99] a server that is away for an hour is mail that fails, though nothing failed for good', async () => {
  const { world, outbox, post, watch, said, run } = await setup()
  world.mailer.answer(() => 'later')
  await post(3)
  await run(OVERDUE_AFTER_MS - 2 * MINUTE_MS)
  await watch.look()
  expect(said()).toEqual([])
  await run(4 * MINUTE_MS)
  await watch.look()
  expect(said()).toEqual(['mail fails: of 3 letters in 24 hours 0 failed and 3 are overdue'])
  world.mailer.answer(() => 'accept')
  await run(2 * HOUR_MS)
  await watch.look()
  expect(said().at(-1)).toBe('mail gets out again')
  expect(await readHealth(outbox, world.clock.nowMs())).toMatchObject({ sent: 4, overdue: 0 })
})

test('[N99] addresses that strangers type, and letters that nobody tried yet, say nothing of mail', async () => {
  const { world, outbox, run } = await setup()
  world.mailer.answer(() => 'refuse-address')
  for (let n = 0; n < 5; n++) {
    const nowMs = world.clock.nowMs()
    const { id, email } = await world.delivery.subscribers.request(
      `x${n}@example.org`,
      wishes('instant'),
      nowMs,
    )
    const to = { channel: 'mail', subscriberId: id, recipient: email, dueAtMs: nowMs } as const
    await outbox.post([outboxMessage({ dedupeKey: `c${n}`, ...to, content: { kind: 'confirm' } })])
  }
  await run(MINUTE_MS)
  const later = { subscriberId: null, recipient: OPERATOR, dueAtMs: NOON_MS + DAY_MS, content: REPORT }
  await outbox.post([outboxMessage({ dedupeKey: 'later', channel: 'mail', ...later })])
  await world.clock.advance(DAY_MS - HOUR_MS)
  expect(await readHealth(outbox, world.clock.nowMs())).toMatchObject({ failed: 0, overdue: 0, share: null })
  expect((await outbox.counts(0)).failed).toBe(5)
})

test('the watch waits for a store that is away', async () => {
  const { world, watch } = await setup()
  world.delivery.failWith = () => outage()
  await expect(watch.look()).rejects.toThrow('away')
  world.delivery.failWith = null
  await watch.look()
})
