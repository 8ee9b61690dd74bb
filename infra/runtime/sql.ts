// What an adapter that is no store of its own asks of a database: infra/main/ gives it one.

export interface SqlResult<R> {
  readonly rows: readonly R[]
  /** Rows that were changed or found. */
  readonly rowCount: number | null
}

/** Statements with `$1` parameters; what they reject with is an `OutageError` where the database is away. */
export interface Sql {
  query<R>(text: string, values?: readonly unknown[]): Promise<SqlResult<R>>
}

export interface SqlDatabase extends Sql {
  /**
   * Commits, so that it survives a crash of the machine, when `work` resolves; else it rolls back, as does
   * a connection that dies or stands still too long.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Idempotent. */
  close(): Promise<void>
}
