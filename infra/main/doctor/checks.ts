// The checks of `bct doctor`, in the order in which they are told.
import type { Check } from './check.ts'
import { MACHINE_CHECKS } from './machine.ts'
import { OUTLET_CHECKS } from './outlets.ts'
import { SOURCE_CHECKS } from './sources.ts'

export { runCheck } from './check.ts'

export const CHECKS: readonly Check[] = [...MACHINE_CHECKS, ...SOURCE_CHECKS, ...OUTLET_CHECKS]
