// What a period is compared with, and whether there is a choice: the week before needs a history that long.
import { computed } from '@preact/signals'
import type { Comparison } from '../../../core/query.ts'
import { comparedBackMs } from '../../../core/ranges.ts'
import { go, query } from './location.ts'
import { status, summary } from './store.ts'

export const otherComparison = (compare: Comparison): Comparison => (compare === 'week' ? 'before' : 'week')

export const canCompare = computed(() => {
  if (query.value.compare === 'week') return true
  const shown = summary.value
  const firstSaleMs = status.value?.firstSaleMs ?? null
  // Whole weeks before are the same weekdays already.
  const isWeeks = query.value.range === '7d' || query.value.range === '28d'
  if (shown === null || firstSaleMs === null || isWeeks) return false
  return firstSaleMs <= shown.fromMs - comparedBackMs(shown.toMs - shown.fromMs, 'week')
})

export function toggleComparison(): void {
  if (canCompare.value) go({ query: { ...query.value, compare: otherComparison(query.value.compare) } })
}
