// Genre coverage of the last hour, in sixty one-minute slots.
import type { Clock } from '../ports.ts'

const SLOT_MS = 60_000
const SLOTS = 60

export interface Coverage {
  add(known: number, unknown: number): void
  /** Known lines / all lines of the last hour, 0..1; null where there were none. */
  share(): number | null
}

export function createCoverage(clock: Clock): Coverage {
  const slots: { minute: number; known: number; all: number }[] = []
  function current() {
    const minute = Math.floor(clock.nowMs() / SLOT_MS)
    while (slots.length > 0 && slots[0]!.minute <= minute - SLOTS) slots.shift()
    return minute
  }
  return {
    add(known, unknown) {
      const minute = current()
      let slot = slots.at(-1)
      if (slot?.minute !== minute) {
        slot = { minute, known: 0, all: 0 }
        slots.push(slot)
      }
      slot.known += known
      slot.all += known + unknown
    },
    share() {
      current()
      const known = slots.reduce((sum, slot) => sum + slot.known, 0)
      const all = slots.reduce((sum, slot) => sum + slot.all, 0)
      return all === 0 ? null : known / all
    },
  }
}
