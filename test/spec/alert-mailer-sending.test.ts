// Chapter: what becomes of a message. Put off, refused, not wanted any more, broken off, or there at last.
import { describe, expect, test } from 'vitest'
import { type Letter, OutageError } from '../../infra/ports.ts'
import { messageId, outboxMessage } from '../../infra/runtime/outbox-message.ts'
import type { MessageContent } from '../../schemas/subscriptions.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../schemas/time.ts'
import {
  createMailWorld,
  type MailWorld,
  OPERATOR,
  outage,
  plainLetter,
  wishes,
} from '../support/alert-mailer.ts'
import { alertOf, NOON_MS } from '../support/told-alerts.ts'

/** Posts a message of the content, due now. */
async function post(
  world: MailWorld,
  n: number,
  content: MessageContent,
  subscriberId: string | null,
  to = OPERATOR,
) {
  const rest = { subscriberId, recipient: to, content, dueAtMs: world.clock.nowMs() }
  const message = outboxMessage({ dedupeKey: `test:${n}`, channel: 'mail', ...rest })
  await world.delivery.outbox.post([message])
  return message
}
const operator: MessageContent = { kind: 'operator', subject: 'Something', lines: [] }
const stateOf = async (world: MailWorld, id: string) =>
  (await world.delivery.outbox.messages(1_000)).find(message => message.id === id)

describe('a server that is away or puts off', () => {
  test('[N25] is asked again after growing pauses until it takes the letter, which is the same each time', async () => {
    const world = createMailWorld()
    const letters: Letter[] = []
    const timesMs: number[] = []
    world.mailer.answer(letter => {
      letters.push(letter)
      timesMs.push(world.clock.nowMs())
      return letters.length < 10 ? 'later' : 'accept'
    })
    const { id } = await post(world, 1, operator, null)
    const mailer = await world.start()
    await world.clock.advance(12 * HOUR_MS)
    await mailer.stop()
    expect(world.mailer.taken).toHaveLength(1)
    expect(letters.every(letter => JSON.stringify(letter) === JSON.stringify(letters[0]))).toBe(true)
    const pausesMs = timesMs.slice(1).map((ms, i) => ms - timesMs[i]!)
    expect(pausesMs.every((ms, i) => i === 0 || ms >= pausesMs[i - 1]!)).toBe(true)
    expect([Math.min(...pausesMs) >= 15 * SECOND_MS, Math.max(...pausesMs) <= HOUR_MS + MINUTE_MS]).toEqual([
      true,
      true,
    ])
    expect(await stateOf(world, id)).toMatchObject({ state: 'sent', attempts: 10, lastError: null })
  })

  test('[N25] waits as long as the server asks for', async () => {
    const world = createMailWorld()
    const timesMs: number[] = []
    const mail = {
      async send() {
        timesMs.push(world.clock.nowMs())
        throw new OutageError('smtp-421', 'later', { retryAfterMs: 2 * HOUR_MS })
      },
    }
    await post(world, 1, operator, null)
    const mailer = await world.start({ mailer: mail })
    await world.clock.advance(5 * HOUR_MS)
    await mailer.stop()
    expect(timesMs.length).toBe(3)
  })

  test('[N25] for three days: then the letter has failed, and the operator is told once a day', async () => {
    const world = createMailWorld()
    const reader = await world.subscribe('a@example.org', wishes('instant'))
    world.mailer.answer(letter => (letter.to === OPERATOR ? 'accept' : 'later'))
    const messages = []
    for (let n = 0; n < 3; n++) {
      messages.push(await post(world, n, { kind: 'alert', alerts: [alertOf(n)] }, reader.id, reader.email))
    }
    const mailer = await world.start()
    await world.clock.advance(3 * DAY_MS - HOUR_MS)
    expect(await world.delivery.outbox.counts(0)).toMatchObject({ failed: 0, waiting: 3 })
    await world.clock.advance(3 * HOUR_MS)
    await mailer.stop()
    expect(await world.delivery.outbox.counts(0)).toMatchObject({ failed: 3, waiting: 0 })
    expect(world.mailer.taken.map(letter => letter.to)).toEqual([OPERATOR])
  })

  test('[N25] a refused login is told, waited out, and loses nothing', async () => {
    const world = createMailWorld()
    let isFixed = false
    world.mailer.answer(() => (isFixed ? 'accept' : 'refuse-login'))
    await post(world, 1, operator, null)
    const mailer = await world.start()
    await world.clock.advance(2 * HOUR_MS)
    isFixed = true
    await world.clock.advance(2 * HOUR_MS)
    await mailer.stop()
    expect(world.mailer.taken).toHaveLength(1)
    expect(world.telemetry.of('outage')).toContainEqual(
      expect.objectContaining({ what: 'mail', code: 'refused' }),
    )
  })

  test('[N25] a store that is away stops nothing for good: deciding, composing and sending go on after it', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    let calls = 0
    // Two of three calls fail, before or after they did their work.
    world.delivery.failWith = at =>
      calls++ % 3 === 0 ? null : at === 'before' || calls % 2 === 0 ? outage() : null
    const mailer = await world.start()
    await world.happen(alertOf(1), alertOf(2))
    await world.clock.advance(HOUR_MS)
    world.delivery.failWith = null
    await world.clock.advance(HOUR_MS)
    await mailer.stop()
    const ids = new Set(world.mailer.taken.map(letter => letter.id))
    expect(ids.size).toBe(1)
    expect(world.told('a@example.org')[0]).toEqual([alertOf(1).id, alertOf(2).id])
    expect(world.telemetry.of('outage').length).toBeGreaterThan(0)
  })
})

describe('a letter that is refused', () => {
  test('[N26] a bad address bounces, three times in a row; nobody else waits for it', async () => {
    const world = createMailWorld()
    await world.subscribe('bad@example.org', wishes('instant'))
    await world.subscribe('good@example.org', wishes('instant'))
    world.mailer.answer(letter => (letter.to.startsWith('bad') ? 'refuse-address' : 'accept'))
    const mailer = await world.start()
    for (let n = 1; n <= 5; n++) {
      const openedAtMs = world.clock.nowMs() - MINUTE_MS
      await world.happen(alertOf(n, { openedAtMs }))
      await world.clock.advance(13 * HOUR_MS)
    }
    await mailer.stop()
    expect(world.told('good@example.org')).toHaveLength(5)
    expect(world.telemetry.of('mailSettled').filter(e => e.result === 'bounced')).toHaveLength(3)
    const [bad] = await world.delivery.subscribers.subscribers()
    expect(bad).toMatchObject({ email: 'bad@example.org', state: 'suppressed' })
  })

  test('[N26] a refused letter, and one that cannot be written, fail alone, and the operator is told', async () => {
    const world = createMailWorld()
    const refused = await post(world, 1, operator, null, 'refused@example.org')
    const reader = await world.subscribe('a@example.org', { ...wishes('instant'), report: true })
    const broken = await post(world, 2, { kind: 'already-subscribed' }, reader.id, reader.email)
    const fine = await post(world, 3, operator, null)
    world.mailer.answer(letter => (letter.to === 'refused@example.org' ? 'refuse-message' : 'accept'))
    const writing = {
      letter: async (message: Parameters<typeof plainLetter>[0]) => {
        if (message.id === broken.id) throw new RangeError('a mistake of ours')
        return plainLetter(message)
      },
      post: () => null,
    }
    const mailer = await world.start({ writing })
    await world.clock.advance(DAY_MS)
    await mailer.stop()
    expect(await stateOf(world, refused.id)).toMatchObject({
      state: 'failed',
      lastError: expect.stringMatching(/^554/),
    })
    expect(await stateOf(world, broken.id)).toMatchObject({ state: 'failed', lastError: 'a mistake of ours' })
    expect(await stateOf(world, fine.id)).toMatchObject({ state: 'sent' })
    expect(world.mailer.taken.map(letter => letter.subject)).toEqual(['operator', 'operator'])
    expect(world.mailer.taken.filter(letter => letter.text.includes('bct status'))).toHaveLength(1)
  })

  test('[N26] the webhook is tried again while it is away, and done with when it refuses', async () => {
    const world = createMailWorld()
    let tries = 0
    world.webhookAnswer = () => {
      if (++tries < 4) throw outage()
      return tries === 4 ? { kind: 'accepted' } : { kind: 'refused', what: 'message', answer: '410 Gone' }
    }
    const mailer = await world.start()
    await world.happen(alertOf(1))
    await world.clock.advance(HOUR_MS)
    await world.happen(alertOf(2))
    await world.clock.advance(HOUR_MS)
    await mailer.stop()
    expect([world.posts.length, tries]).toEqual([1, 5])
    expect((await world.delivery.outbox.counts(0)).failed).toBe(1)
  })
})

describe('what nobody wants any more', () => {
  const alert: MessageContent = { kind: 'alert', alerts: [alertOf(1)] }
  const report: MessageContent = {
    ...{
      kind: 'report',
      days: ['2026-11-17'],
      zone: 'UTC',
      archived: [],
      subject: '',
      lines: [],
      isPartial: false,
    },
  }
  const noAlerts = { ...wishes('instant'), alerts: null }
  const cases: readonly [
    string,
    MessageContent,
    (world: MailWorld, id: string) => Promise<unknown>,
    string,
  ][] = [
    ['who left', alert, (world, id) => world.delivery.subscribers.unsubscribe(id, NOON_MS), 'dropped'],
    [
      'who snoozes',
      alert,
      (world, id) => world.delivery.subscribers.snooze(id, NOON_MS + HOUR_MS),
      'dropped',
    ],
    [
      'who wants no alerts now',
      alert,
      (world, id) => world.delivery.subscribers.change(id, noAlerts),
      'dropped',
    ],
    ['who wants no report', report, async () => {}, 'dropped'],
    [
      'who snoozes alerts, and reads reports',
      report,
      async (world, id) => {
        await world.delivery.subscribers.change(id, { ...wishes('instant'), report: true })
        await world.delivery.subscribers.snooze(id, NOON_MS + HOUR_MS)
      },
      'sent',
    ],
    ['who is confirmed already', { kind: 'confirm' }, async () => {}, 'dropped'],
  ]
  test.each(cases)('[N27] %s', async (_, content, then, state) => {
    const world = createMailWorld()
    const reader = await world.subscribe('a@example.org', wishes('instant'))
    const { id } = await post(world, 1, content, reader.id, reader.email)
    await then(world, reader.id)
    const mailer = await world.start()
    await world.clock.advance(MINUTE_MS)
    await mailer.stop()
    expect(await stateOf(world, id)).toMatchObject({ state })
    expect(world.mailer.calls).toBe(state === 'sent' ? 1 : 0)
  })

  test('[N27] a confirmation goes to who asked, within the two days that its link holds', async () => {
    const world = createMailWorld()
    const { subscribers } = world.delivery
    const asked = await subscribers.request('new@example.org', wishes('instant'), NOON_MS)
    world.mailer.answer(() => 'later')
    await post(world, 1, { kind: 'confirm' }, asked.id, asked.email)
    const mailer = await world.start()
    await world.clock.advance(2 * DAY_MS + 2 * HOUR_MS)
    world.mailer.answer(() => 'accept')
    await post(world, 2, { kind: 'confirm' }, asked.id, asked.email)
    await world.clock.advance(2 * HOUR_MS)
    await mailer.stop()
    expect(world.mailer.taken.map(letter => letter.id)).toEqual([messageId('test:2')])
  })
})

describe('a stop', () => {
  test('[N32] lets what is on its way arrive for some seconds, then breaks it off to be sent again', async () => {
    const world = createMailWorld()
    let isSlow = true
    const mail = {
      async send(letter: Letter, signal: AbortSignal) {
        if (isSlow) await world.clock.sleep(letter.to === OPERATOR ? 5 * SECOND_MS : HOUR_MS, signal)
        signal.throwIfAborted()
        return world.mailer.send(letter, signal)
      },
    }
    await post(world, 1, operator, null)
    await post(world, 2, operator, null, 'slow@example.org')
    const mailer = await world.start({ mailer: mail })
    await world.clock.advance(SECOND_MS)
    const stopped = mailer.stop()
    await world.clock.advance(10 * SECOND_MS)
    await stopped
    expect(world.mailer.taken.map(letter => letter.to)).toEqual([OPERATOR])
    isSlow = false
    const next = await world.start({ mailer: mail })
    await world.clock.advance(2 * MINUTE_MS)
    await next.stop()
    expect(world.mailer.taken.map(letter => letter.to)).toEqual([OPERATOR, 'slow@example.org'])
  })

  test('[N32] a machine that slept lets go of what it took: somebody else may be sending it', async () => {
    const world = createMailWorld()
    await world.subscribe('a@example.org', wishes('instant'))
    await post(world, 1, operator, null)
    const { subscribers } = world.delivery
    const reader = (await subscribers.subscribers())[0]!
    await post(world, 2, { kind: 'already-subscribed' }, reader.id, reader.email)
    let slept = false
    const find = async (id: string) => {
      if (!slept) world.clock.jumpTo(world.clock.nowMs() + 10 * MINUTE_MS)
      slept = true
      return subscribers.find(id)
    }
    const mailer = await world.start({ subscribers: { ...subscribers, find } })
    await world.clock.advance(SECOND_MS)
    expect(world.mailer.taken.filter(letter => letter.to === reader.email)).toEqual([])
    await world.clock.advance(6 * MINUTE_MS)
    await mailer.stop()
    expect(world.mailer.taken.filter(letter => letter.to === reader.email)).toHaveLength(1)
  })
})

test('a message’s id is a UUID of its dedupe key, the same for ever', () => {
  expect(messageId('alert:a:1')).toBe(messageId('alert:a:1'))
  expect(messageId('alert:a:1')).not.toBe(messageId('alert:a:2'))
  expect(messageId('digest:x:0')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})
