// One measured number, as every benchmark gives it.
export interface BenchRow {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly runs: number
  readonly note?: string
}
