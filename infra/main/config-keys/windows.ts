// Keys of the configuration: how windows behave.
import { milliseconds } from '../config-values.ts'
import { docs } from './docs.ts'

const DAY_MS = 86_400_000

export const windowsKeys = {
  allowedLatenessMs: milliseconds(0, DAY_MS).register(docs, {
    default: '3600000',
    says: 'How long after its end a window may still change',
    group: 'Windows',
    value: 'MS',
  }),
}
