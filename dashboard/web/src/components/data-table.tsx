// The table behind a chart or a list: for screen readers, for analysts, and where a drawing fails.
import type { ComponentChildren, JSX } from 'preact'

export interface Column<R> {
  readonly head: string
  readonly isNumber?: boolean
  /** The first column heads its row. */
  readonly cell: (row: R) => ComponentChildren
}

interface DataTableProps<R> {
  readonly label: string
  readonly class?: string
  readonly columns: readonly Column<R>[]
  readonly rows: readonly R[]
  readonly keyOf: (row: R) => string | number
}

export function DataTable<R>({ label, class: name, columns, rows, keyOf }: DataTableProps<R>): JSX.Element {
  const [first, ...others] = columns
  const numeric = ({ isNumber }: Column<R>): string | undefined => (isNumber ? 'num' : undefined)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys
    <section class="table-scroll" tabIndex={0} aria-label={`${label} as a table`}>
      <table class={name}>
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column.head} scope="col" class={numeric(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={keyOf(row)}>
              <th scope="row">{first?.cell(row)}</th>
              {others.map(column => (
                <td key={column.head} class={numeric(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
