// The contract of seeking by time.
import { expect, test } from 'vitest'
import { basket, inFeed, type MakeHarness, tick } from './event-log-helpers.ts'

export function describeSeek(makeHarness: MakeHarness): void {
  test('[L4] seeking by time gives the first record whose own time is not before it', async () => {
    const harness = await makeHarness({ partitions: 2 })
    const log = await harness.open()
    //          offset:       0        1               2        3               4               5
    const records = [tick(60), basket('a', 70), tick(120), basket('b', 130), basket('late', 90), tick(180)]
    await log.append(records.map(record => inFeed(0, record)))
    const found = await Promise.all(
      [0, 60, 61, 71, 120, 121, 131, 180, 181].map(t => log.offsetAtTime('feed', 0, t)),
    )
    expect(found).toEqual([0, 0, 1, 2, 2, 3, 5, 5, 6])
    expect(await log.offsetAtTime('feed', 1, 0)).toBe(0)
    await log.close()
    await harness.remove()
  })

  test('[L4] seeking is as exact in a long log that was appended in pieces of all sizes', async () => {
    const harness = await makeHarness({ partitions: 1 })
    const log = await harness.open()
    const timesMs: number[] = []
    for (const count of [900, 30, 700, 1, 1, 1, 300, 40, 40, 9, 1_200, 5, 2, 1]) {
      const entries = Array.from({ length: count }, () => {
        // Rising, with steps back of up to sixty.
        const timeMs = timesMs.length + ((timesMs.length * 7_919) % 61)
        timesMs.push(timeMs)
        return inFeed(0, basket('b', timeMs))
      })
      await log.append(entries)
    }
    const asked = Array.from({ length: 100 }, (_, i) => i * 33)
    const found = await Promise.all(asked.map(timeMs => log.offsetAtTime('feed', 0, timeMs)))
    const firstAtOrAfter = (timeMs: number): number => timesMs.findIndex(own => own >= timeMs)
    expect(found).toEqual(asked.map(t => (firstAtOrAfter(t) < 0 ? timesMs.length : firstAtOrAfter(t))))
    await log.close()
    await harness.remove()
  })
}
