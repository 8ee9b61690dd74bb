// "Selling now" as a table: the sales on the page, newest first, a title opens its sheet.
import type { JSX } from 'preact'
import type { ApiSoldItem } from '../../../core/api.ts'
import { countryLabel, formatLabel, genreLabel, moneyText, usdText } from '../../../core/display.ts'
import type { TickerRow } from '../../../core/playout.ts'
import { localTimeWithSeconds } from '../state/clock.ts'
import { openItem } from '../state/store.ts'
import { DataTable } from './data-table.tsx'
import { Text } from './parts.tsx'

function Title({ item }: { item: ApiSoldItem }): JSX.Element {
  const open = (): void => {
    openItem.value = item
  }
  return (
    <button type="button" class="link-button" onClick={open}>
      <Text value={item.title} max={60} />
    </button>
  )
}

/** What a flood left out has no rows of its own: it is in the counts alone. */
export function SalesTable({ rows }: { rows: readonly TickerRow[] }): JSX.Element {
  return (
    <DataTable
      label="Selling now"
      rows={rows.flatMap(row => (row.kind === 'item' ? [row.item] : []))}
      keyOf={item => item.id}
      columns={[
        { head: 'Title', cell: item => <Title item={item} /> },
        {
          head: 'Artist',
          cell: item => <Text value={item.artistName} max={40} none={item.artistHost} />,
        },
        { head: 'Sold', cell: item => localTimeWithSeconds(item.soldAtMs) },
        { head: 'Paid', isNumber: true, cell: item => moneyText(item.paidMinor, item.currency) },
        { head: 'USD', isNumber: true, cell: item => usdText(item.paidUsdCents) },
        { head: 'Over asking', isNumber: true, cell: item => usdText(item.overUsdCents) },
        { head: 'Genre', cell: item => genreLabel(item.genre ?? 'unknown') },
        { head: 'Format', cell: item => formatLabel(item.format) },
        { head: "Buyer's country", cell: item => countryLabel(item.country) },
      ]}
    />
  )
}
