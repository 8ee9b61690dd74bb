// Where the real samples are; they stand beside the repository, and tests that need them are skipped without.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SAMPLES = fileURLToPath(new URL('../../../shared/data', import.meta.url))
export const HAS_SAMPLES = existsSync(SAMPLES)
if (!HAS_SAMPLES) console.warn(`skipped: the samples of ${SAMPLES} are absent`)

/** The text of a sample; empty where the samples are absent (its tests are skipped then). */
export function sample(path: string): string {
  return HAS_SAMPLES ? readFileSync(`${SAMPLES}/${path}`, 'utf8') : ''
}
