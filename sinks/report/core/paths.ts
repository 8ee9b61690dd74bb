// Where a report stands in the archive, and the list of hashes that says that a version is whole.
/** Of a file in the archive, what its list of hashes says. */
interface ArchivedFile {
  readonly path: string
  readonly sha256: string
}

export const FILE_KINDS = ['json', 'csv', 'html', 'pdf'] as const
export type FileKind = (typeof FILE_KINDS)[number]

export const CONTENT_TYPES: Readonly<Record<FileKind | 'sha256', string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  sha256: 'text/plain; charset=utf-8',
}

/** All that there is of a day begins so: `reports/daily/2026/11/2026-11-21.v`. */
export function dayPrefix(day: string): string {
  const [year, month] = day.split('-')
  return `reports/daily/${year}/${month}/${day}.v`
}

export function pathOf(day: string, version: number, kind: FileKind | 'sha256'): string {
  return `${dayPrefix(day)}${version}.${kind}`
}

/** The highest version among paths of one day; 0 where there is none. */
export function newestVersion(paths: readonly string[]): number {
  return paths.reduce((newest, path) => Math.max(newest, Number(/\.v(\d+)\./.exec(path)?.[1] ?? 0)), 0)
}

/** Null where a path is not that of a report. */
export function kindOf(path: string): FileKind | null {
  return FILE_KINDS.find(kind => path.endsWith(`.${kind}`)) ?? null
}

/** As `sha256sum --check` reads it. */
export function hashList(files: readonly ArchivedFile[]): string {
  return files.map(({ sha256, path }) => `${sha256}  ${path.slice(path.lastIndexOf('/') + 1)}\n`).join('')
}
