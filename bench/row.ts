// One measured number, as every benchmark gives it.
export interface BenchRow {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly runs: number
  readonly note?: string
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}
