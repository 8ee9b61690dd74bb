// Genre × buyer's country: where each genre sells; a click filters by both.
import { computed } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Summary } from '../../../core/api.ts'
import { countryLabel, countText, genreLabel } from '../../../core/display.ts'
import { go, query, tables } from '../state/location.ts'
import { loadingSinceMs, summary } from '../state/store.ts'
import { Canvas } from './canvas.tsx'
import { DataTable } from './data-table.tsx'
import { Scale } from './heatmap-panel.tsx'
import { FilterLink, Panel } from './parts.tsx'
import { usePalette } from './time-panel.tsx'

type Matrix = Summary['genreCountries']

/** One row or one column says no more than the lists do. */
export const showsCountries = computed(() => {
  const shown = summary.value?.genreCountries
  return shown === undefined || (shown.rows.length > 1 && shown.countries.length > 1)
})

const shortName = (country: string): string => (country === 'unknown' ? '?' : country.toUpperCase())

function spoken({ rows, countries }: Matrix): string {
  const where = rows.slice(0, 3).map(row => {
    const most = row.itemsByCountry.indexOf(Math.max(...row.itemsByCountry))
    return `${genreLabel(row.genre)} most in ${countryLabel(countries[most] ?? null)}`
  })
  return `Heatmap of sales by genre and buyer's country. ${where.join(', ')}.`
}

function Table({ rows, countries }: Matrix): JSX.Element {
  return (
    <DataTable
      label="Sales by genre and country"
      rows={rows}
      keyOf={row => row.genre}
      columns={[
        {
          head: 'Genre',
          cell: row => (
            <FilterLink name="genre" value={row.genre}>
              {genreLabel(row.genre)}
            </FilterLink>
          ),
        },
        ...countries.map((country, i) => ({
          head: countryLabel(country),
          isNumber: true,
          cell: (row: Matrix['rows'][number]) => countText(row.itemsByCountry[i] ?? 0),
        })),
      ]}
    />
  )
}

export function GenreCountryPanel(): JSX.Element {
  const shown = summary.value?.genreCountries ?? null
  const palette = usePalette()
  const input = useMemo(() => {
    if (shown === null) return null
    const { rows, countries } = shown
    return {
      rows: rows.map(({ genre, itemsByCountry }) => ({ genre, items: itemsByCountry })),
      columns: countries.map(country => ({
        name: shortName(country),
        long: countryLabel(country),
        covered: true,
      })),
      nameEvery: () => 1,
      palette,
      onCell: (genre: string, column: number) => {
        const filter = { ...query.value.filter, genre, country: countries[column] ?? null }
        go({ query: { ...query.value, filter } })
      },
    }
  }, [shown, palette])
  return (
    <Panel
      id="genre-country"
      title="Genre by buyer's country"
      note="a click on a cell filters by both"
      tools={shown !== null && !tables.value && <Scale />}
      busy={loadingSinceMs.value !== null}
    >
      {shown === null || input === null ? (
        <span class="ghost tall" />
      ) : tables.value ? (
        <Table {...shown} />
      ) : (
        <Canvas
          key={`${shown.rows.length} ${shown.countries.length}`}
          class={`heatmap-canvas rows-${shown.rows.length}`}
          input={input}
          draw={charts => charts.drawHeatmap}
          label={spoken(shown)}
        />
      )}
    </Panel>
  )
}
