// Genre × hour of the day: when each genre sells; a click filters by the genre.
import { computed } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Summary } from '../../../core/api.ts'
import { coveredHours } from '../../../core/axis.ts'
import { countText, genreLabel, zoneText } from '../../../core/display.ts'
import { zoneOffsetMinutes } from '../state/clock.ts'
import { setFilter, tables } from '../state/location.ts'
import { loadingSinceMs, summary } from '../state/store.ts'
import { Canvas } from './canvas.tsx'
import { DataTable } from './data-table.tsx'
import { FilterLink, Panel } from './parts.tsx'
import { usePalette } from './time-panel.tsx'

const MAX_GENRES = 12
/** Below this the hours' labels would touch. */
const NARROW_PX = 420
/** Below this a day's shape cannot be seen. */
const MIN_SPAN_MS = 6 * 3_600_000
const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

const hourText = (hour: number): string => String(hour).padStart(2, '0')

function Table({ rows, covered }: { rows: Summary['heatmap']; covered: readonly boolean[] }): JSX.Element {
  return (
    <DataTable
      label="Sales by genre and hour"
      class="narrow-cells"
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
        ...HOURS.map(hour => ({
          head: hourText(hour),
          isNumber: true,
          cell: (row: Summary['heatmap'][number]) =>
            covered[hour] ? countText(row.itemsByHour[hour] ?? 0) : '—',
        })),
      ]}
    />
  )
}

function spoken(rows: Summary['heatmap']): string {
  const peaks = rows.slice(0, 3).map(row => {
    const hour = row.itemsByHour.indexOf(Math.max(...row.itemsByHour))
    return `${genreLabel(row.genre)} most at ${hourText(hour)}:00`
  })
  return `Heatmap of sales by genre and hour of the day. ${peaks.join(', ')}.`
}

export function Scale(): JSX.Element {
  return (
    <span class="scale" aria-hidden="true">
      few <span class="scale-ramp" /> many
    </span>
  )
}

/** Whether the range is long enough for a heatmap to say anything. */
export const showsHours = computed(
  () => summary.value === null || summary.value.toMs - summary.value.fromMs >= MIN_SPAN_MS,
)

/** So few rows that the heatmap leaves room for other panels beside it. */
const FEW_ROWS = 3
export const heatmapIsSmall = computed(
  () => !showsHours.value || (summary.value !== null && summary.value.heatmap.length <= FEW_ROWS),
)

export function HeatmapPanel(): JSX.Element {
  const shown = summary.value
  const palette = usePalette()
  const rows = useMemo(() => (shown?.heatmap ?? []).slice(0, MAX_GENRES), [shown])
  const covered = useMemo(
    () => (shown === null ? [] : coveredHours(shown.fromMs, shown.toMs, zoneOffsetMinutes)),
    [shown],
  )
  const input = useMemo(
    () => ({
      rows: rows.map(({ genre, itemsByHour }) => ({ genre, items: itemsByHour })),
      columns: HOURS.map(hour => ({
        name: hourText(hour),
        long: `${hourText(hour)}:00–${hourText((hour + 1) % 24)}:00`,
        covered: covered[hour] ?? false,
      })),
      nameEvery: (widthPx: number) => (widthPx < NARROW_PX ? 6 : 2),
      palette,
      onCell: (genre: string) => setFilter('genre', genre),
    }),
    [rows, covered, palette],
  )
  let body: JSX.Element
  if (shown === null) body = <span class="ghost tall" />
  else if (rows.length === 0) body = <p class="empty">Nothing sold here in this range.</p>
  else if (tables.value) body = <Table rows={rows} covered={covered} />
  else {
    body = (
      <Canvas
        key={rows.length}
        class={`heatmap-canvas rows-${rows.length}`}
        input={input}
        draw={charts => charts.drawHeatmap}
        label={spoken(rows)}
      />
    )
  }
  return (
    <Panel
      id="heatmap"
      title="Genre by hour of the day"
      note={`hours in ${zoneText(zoneOffsetMinutes)}`}
      tools={shown !== null && rows.length > 0 && !tables.value && <Scale />}
      busy={loadingSinceMs.value !== null}
    >
      {body}
    </Panel>
  )
}
