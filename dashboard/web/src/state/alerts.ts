// The alerts as the server tells them: the latest of each, frozen by a pause like the rest of the page.
import { computed, effect, signal, untracked } from '@preact/signals'
import { foldAlerts } from '../../../core/alerts.ts'
import type { ApiAlert } from '../../../core/api-alerts.ts'
import { byWeight, isPresent } from './alert-words.ts'
import { pause, rememberName, status } from './store.ts'

/** Ten times what the server sends at first; the oldest go. */
const MAX_ALERTS = 500

/** Newest opened first; null: nothing was told yet. */
const latest = signal<readonly ApiAlert[] | null>(null)
const frozen = signal<readonly ApiAlert[] | null>(null)
/** False where the server keeps no alerts. */
export const hasAlerts = signal(true)

const isPaused = computed(() => pause.value !== null)
effect(() => {
  if (isPaused.value) frozen.value = untracked(() => latest.value)
})
export const alerts = computed(() => (isPaused.value ? frozen.value : latest.value))

/**
 * Takes what the server tells. The first message of a line says all that is open: what is held from before
 * and not in it is over.
 */
export function takeAlerts(told: readonly ApiAlert[], isFirst: boolean): void {
  for (const { dimension, key, label } of told) {
    if (dimension === 'artist') rememberName(key.slice('artist:'.length), label)
  }
  hasAlerts.value = true
  latest.value = foldAlerts((isFirst ? null : latest.value) ?? [], told).slice(0, MAX_ALERTS)
}

/** Open ones that tell of music; null: not known yet. */
export const openAlerts = computed(
  () => alerts.value?.filter(alert => alert.closedAtMs === null && alert.alertKind !== 'feed-silent') ?? null,
)
const watermarkMs = computed(() => status.value?.watermarkMs ?? null)
/** Those of them that tell of the present, the most severe and newest first. */
export const movers = computed(
  () => openAlerts.value?.filter(alert => isPresent(alert, watermarkMs.value)).sort(byWeight) ?? null,
)
/** What is worth a look even to one who did not come for it. */
export const majorMovers = computed(() => movers.value?.filter(({ severity }) => severity === 'major') ?? [])
