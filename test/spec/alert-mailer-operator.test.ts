// Chapter: what the operator is told. A feed that falls silent, dead letters that stay, mail that fails.
import { describe, expect, test } from 'vitest'
import { lastTickMs, SilenceWatch, type SilenceWatchParts } from '../../infra/main/silence-watch.ts'
import type { DeadLetter } from '../../schemas/records.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../schemas/time.ts'
import { createFakeEventLog } from '../fakes/event-log.ts'
import { createFakeStore } from '../fakes/store.ts'
import { createMailWorld, OPERATOR, wishes } from '../support/alert-mailer.ts'
import { NOON_MS } from '../support/told-alerts.ts'

const LAG_MS = 90_000

function setup() {
  const world = createMailWorld()
  const store = createFakeStore()
  const parts: SilenceWatchParts = {
    log: world.log,
    outbox: world.delivery.outbox,
    history: store,
    operatorEmail: OPERATOR,
    clock: world.clock,
    pace: world.clock,
    telemetry: world.telemetry,
  }
  const tick = (upToMs: number) =>
    world.log.append([{ topic: 'feed', partition: 0, record: { kind: 'tick', upToMs } }])
  /** Minutes in which the feed is read, or is not; a look at the end of each. */
  const minutes = async (watch: SilenceWatch, count: number, isAlive: boolean): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await world.clock.advance(MINUTE_MS)
      if (isAlive) await tick(world.clock.nowMs() - LAG_MS)
      await watch.look()
    }
  }
  const told = async () => {
    const messages = await world.delivery.outbox.messages(100)
    expect(
      messages.every(({ recipient, subscriberId }) => recipient === OPERATOR && subscriberId === null),
    ).toBe(true)
    return messages
      .map(({ content }) => (content.kind === 'operator' ? content.subject : content.kind))
      .reverse()
  }
  return { world, store, parts, minutes, told }
}

describe('a feed that falls silent', () => {
  test('[N30] six silent minutes are one message to the operator, and one more when it is back', async () => {
    const { world, parts, minutes, told } = setup()
    await world.subscribe('a@example.org', wishes('instant'))
    const watch = new SilenceWatch(parts)
    await minutes(watch, 10, true)
    await minutes(watch, 4, false)
    expect(await told()).toEqual([])
    await minutes(watch, 2, false)
    expect(await told()).toEqual(['The feed is silent'])
    await minutes(watch, 90, false)
    expect(await told()).toEqual(['The feed is silent'])
    await minutes(watch, 30, true)
    expect(await told()).toEqual(['The feed is silent', 'The feed is back'])
    await minutes(watch, 6, false)
    expect(await told()).toEqual(['The feed is silent', 'The feed is back', 'The feed is silent'])
  })

  test('[N30] several processes that watch, and restarts in the middle, change nothing of it', async () => {
    const { parts, minutes, told } = setup()
    await minutes(new SilenceWatch(parts), 3, true)
    const [one, other] = [new SilenceWatch(parts), new SilenceWatch(parts)]
    await minutes(one, 7, false)
    await minutes(other, 7, false)
    await minutes(new SilenceWatch(parts), 20, false)
    expect(await told()).toEqual(['The feed is silent'])
    // Nobody who saw it begin is there any more.
    const last = new SilenceWatch(parts)
    await last.look()
    await minutes(last, 3, true)
    await minutes(one, 1, true)
    expect(await told()).toEqual(['The feed is silent', 'The feed is back'])
  })

  test('[N30] reading the past after a downtime is no silence', async () => {
    const { world, parts, told } = setup()
    const watch = new SilenceWatch(parts)
    for (let minute = 0; minute < 60; minute++) {
      await world.clock.advance(MINUTE_MS)
      const record = { kind: 'tick', upToMs: NOON_MS - DAY_MS + minute * 20 * MINUTE_MS } as const
      await world.log.append([{ topic: 'feed', partition: 0, record }])
      await watch.look()
    }
    expect(await told()).toEqual([])
  })

  test('the last tick is found behind thousands of sales, and none in an empty log', async () => {
    const log = createFakeEventLog()
    expect(await lastTickMs(log)).toBeNull()
    await log.append([{ topic: 'feed', partition: 0, record: { kind: 'tick', upToMs: NOON_MS } }])
    const gap = { kind: 'gap', fromMs: 0, toMs: 1, reason: 'outage' } as const
    await log.append(
      Array.from({ length: 5_000 }, () => ({ topic: 'feed', partition: 0, record: gap }) as const),
    )
    expect(await lastTickMs(log)).toBe(NOON_MS)
  })
})

describe('dead letters', () => {
  const letter = (n: number, atMs: number): DeadLetter => ({
    kind: 'dead-letter',
    id: `d${n}`,
    stage: 'enrich',
    topic: 'feed',
    partition: 0,
    offset: n,
    reason: 'schema',
    message: '<img onerror>',
    bytes: '{}',
    atMs,
  })

  test('[N31] those that stay for half an hour are told of once a day, with their kinds and nothing of theirs', async () => {
    const { world, store, parts, told } = setup()
    const progress = { stage: 'store-writer', topic: 'dead-letters', partition: 0, offset: 2 } as const
    await store.write({ deadLetters: [letter(1, NOON_MS), letter(2, NOON_MS)], progress })
    const watch = new SilenceWatch(parts)
    for (const [afterMs, expected] of [
      [29 * MINUTE_MS, 0],
      [11 * MINUTE_MS, 1],
      [HOUR_MS, 1],
      [12 * HOUR_MS, 2],
      [DAY_MS, 2],
    ] as const) {
      await world.clock.advance(afterMs)
      await watch.look()
      expect([afterMs, (await told()).length]).toEqual([afterMs, expected])
    }
    const [{ content }] = (await world.delivery.outbox.messages(1)) as unknown as [
      { content: { lines: string[] } },
    ]
    expect(content.lines.join('\n')).toContain('enrich: schema, 2')
    expect(content.lines.join('\n')).not.toContain('<img')
  })
})
