// Where the mail of each mode goes, and what the status says of it.
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../infra/main/config.ts'
import { createMailer, mailStatus } from '../../infra/main/mail-part.ts'
import { outboxMessage } from '../../infra/runtime/outbox-message.ts'
import { DAY_MS, HOUR_MS } from '../../schemas/time.ts'
import { createMailWorld, OPERATOR, wishes } from '../support/alert-mailer.ts'
import { alertOf, NOON_MS } from '../support/told-alerts.ts'

const configOf = (env: Readonly<Record<string, string>>) => loadConfig({ env, cwd: '/srv/tracker' }).config
const SMTP = { BCT_SMTP_URL: 'smtp://user:hush@mail.example.org:587' }

describe('where mail goes', () => {
  test.each([
    ['live', {}, false, '/live/mail'],
    ['simulated', {}, false, '/simulated/mail'],
    ['live', SMTP, true, 'mail.example.org'],
    ['simulated', SMTP, true, 'mail.example.org'],
  ] as const)('%s with %j: real %s, at %s', async (mode, env, isReal, place) => {
    const mailer = createMailer(configOf(env), mode)
    expect([mailer.isReal, mailer.place.includes(place), mailer.place.includes('hush')]).toEqual([
      isReal,
      true,
      false,
    ])
    await mailer.close()
  })

  test('[N35] what is played from a recording reaches nobody: its mails are files, whatever is configured', async () => {
    const mailer = createMailer(configOf(SMTP), 'recorded')
    expect([mailer.isReal, mailer.place.includes('/recorded/mail')]).toEqual([false, true])
    await mailer.close()
  })
})

test('the status counts what waits, failed, was sent and was held back since midnight', async () => {
  const world = createMailWorld(NOON_MS)
  await world.subscribe('a@example.org', wishes('instant'))
  const refused = { recipient: 'refused@example.org', dueAtMs: NOON_MS }
  const later = { recipient: OPERATOR, dueAtMs: NOON_MS + DAY_MS }
  const content = { kind: 'operator', subject: 'Something', lines: [] } as const
  const messages = [refused, later].map((rest, n) =>
    outboxMessage({ dedupeKey: `test:${n}`, channel: 'mail', subscriberId: null, content, ...rest }),
  )
  await world.delivery.outbox.post(messages)
  world.mailer.answer(letter => (letter.to.startsWith('refused') ? 'refuse-message' : 'accept'))
  const mailer = await world.start({ webhook: null, operatorEmail: null })
  await world.happen(alertOf(1), alertOf(2, { openedAtMs: NOON_MS - 5 * HOUR_MS }))
  await world.clock.advance(HOUR_MS)
  await mailer.stop()
  expect(await mailStatus(world.delivery.outbox, world.mailer, world.clock.nowMs())).toEqual({
    place: 'smtp://fake:25',
    isReal: true,
    waiting: 1,
    failed: 1,
    sentToday: 1,
    health: { sent: 1, failed: 1, overdue: 0, share: 0.5, isFailing: false },
    suppressedToday: 1,
  })
  const tomorrowMs = world.clock.nowMs() + 23 * HOUR_MS
  expect(await mailStatus(world.delivery.outbox, world.mailer, tomorrowMs)).toMatchObject({
    sentToday: 0,
    suppressedToday: 0,
  })
})
