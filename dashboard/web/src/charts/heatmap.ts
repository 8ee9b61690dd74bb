// Genre × hour of the day, or × country, as a matrix in Cividis: what is not covered stays empty, thin
// support is hatched.
import { CategoryScale, Chart, type ChartData, LinearScale, type Plugin, type Scale, Tooltip } from 'chart.js'
import { MatrixController, MatrixElement } from 'chartjs-chart-matrix'
import { countText, genreLabel } from '../../../core/display.ts'
import { cividis, hatching, type Palette } from './palette.ts'

Chart.register(MatrixController, MatrixElement, LinearScale, CategoryScale, Tooltip)

export interface HeatmapInput {
  readonly rows: readonly { readonly genre: string; readonly items: readonly number[] }[]
  readonly columns: readonly HeatmapColumn[]
  /** Every so manieth column is named, by the width of the axis. */
  readonly nameEvery: (widthPx: number) => number
  readonly palette: Palette
  readonly onCell: (genre: string, column: number) => void
}

export interface HeatmapColumn {
  /** On the axis. */
  readonly name: string
  /** In the tip of a cell. */
  readonly long: string
  /** Whether the range holds any of it. */
  readonly covered: boolean
}

interface Cell {
  readonly x: number
  readonly y: string
  readonly v: number
}

/** Fewer sales than this in a cell are too few to read a colour from. */
export const THIN_SUPPORT = 5

function cellsOf(input: HeatmapInput): Cell[] {
  return input.rows.flatMap(row =>
    row.items.flatMap((v, x) => (input.columns[x]?.covered ? [{ x, y: row.genre, v }] : [])),
  )
}

/** Colours follow the square root: a genre ten times smaller is still seen to have a day and a night. */
const shareOf = (v: number, most: number): number => (most > 0 ? Math.sqrt(v / most) : 0)

export interface HeatmapChart {
  update(input: HeatmapInput): void
  destroy(): void
}

function scalesOf(input: HeatmapInput) {
  const font = { family: 'Inter Variable, system-ui, sans-serif', size: 11 }
  const { palette } = input
  return {
    x: {
      type: 'linear' as const,
      min: -0.5,
      max: input.columns.length - 0.5,
      offset: false,
      border: { display: false },
      grid: { display: false },
      ticks: {
        color: palette.muted,
        font,
        maxRotation: 0,
        autoSkip: false,
        callback: (v: string | number) => input.columns[Number(v)]?.name ?? '',
      },
      afterBuildTicks(axis: Scale) {
        const step = input.nameEvery(axis.width)
        const length = Math.ceil(input.columns.length / step)
        axis.ticks = Array.from({ length }, (_, i) => ({ value: i * step }))
      },
    },
    y: {
      type: 'category' as const,
      labels: input.rows.map(row => row.genre),
      offset: true,
      reverse: false,
      border: { display: false },
      grid: { display: false },
      ticks: {
        color: palette.text,
        font,
        autoSkip: false,
        padding: 6,
        callback: (_: string | number, index: number) => genreLabel(input.rows[index]?.genre ?? ''),
      },
    },
  }
}

/** Cells with thin support are hatched: their colour says less than it seems. */
const thinSupport: Plugin<'matrix'> = {
  id: 'thin-support',
  afterDatasetsDraw(chart) {
    const pattern = hatching(chart.ctx, 'rgb(255 255 255 / 0.35)')
    if (pattern === null) return
    chart.ctx.save()
    chart.ctx.fillStyle = pattern
    chart.getDatasetMeta(0).data.forEach((element, i) => {
      const cell = cellAt(chart.data.datasets[0]?.data[i])
      if (cell.v === 0 || cell.v >= THIN_SUPPORT) return
      const { x, y, width, height } = element as unknown as DOMRect
      chart.ctx.fillRect(x, y, width, height)
    })
    chart.ctx.restore()
  },
}

const cellAt = (raw: unknown): Cell => raw as Cell

function dataOf(input: HeatmapInput): ChartData<'matrix'> {
  const cells = cellsOf(input)
  const most = Math.max(0, ...cells.map(cell => cell.v))
  const rows = Math.max(1, input.rows.length)
  const columns = Math.max(1, input.columns.length)
  const fill = ({ v }: Cell): string => (v === 0 ? 'transparent' : cividis(shareOf(v, most)))
  return {
    datasets: [
      {
        label: 'Sales',
        // The y of a cell is a category, which the types of the library do not know.
        data: cells as unknown as { x: number; y: number }[],
        backgroundColor: context => fill(cellAt(context.raw)),
        borderColor: input.palette.line,
        borderWidth: context => (cellAt(context.raw).v === 0 ? 1 : 0),
        borderRadius: 2,
        width: ({ chart: { chartArea } }) => Math.max(2, (chartArea?.width ?? 0) / columns - 2),
        height: ({ chart: { chartArea } }) => Math.max(2, (chartArea?.height ?? 0) / rows - 2),
      },
    ],
  }
}

const tooltipOf = (input: () => HeatmapInput) => ({
  displayColors: false,
  padding: 10,
  callbacks: {
    title: (items: readonly { raw: unknown }[]) => genreLabel(cellAt(items[0]?.raw).y),
    label: (item: { raw: unknown }) => {
      const { x, v } = cellAt(item.raw)
      return `${input().columns[x]?.long ?? ''}  ·  ${countText(v)} sales`
    },
  },
})

export function drawHeatmap(canvas: HTMLCanvasElement, first: HeatmapInput): HeatmapChart {
  let input = first
  const chart = new Chart(canvas, {
    type: 'matrix',
    data: dataOf(first),
    plugins: [thinSupport],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { right: 6 } },
      scales: scalesOf(first),
      plugins: { legend: { display: false }, tooltip: tooltipOf(() => input) },
      onClick: (_, hits) => {
        const hit = hits[0]
        if (hit === undefined) return
        const { x, y } = cellAt(chart.data.datasets[0]?.data[hit.index])
        input.onCell(y, x)
      },
      onHover: (_, hits) => {
        canvas.style.cursor = hits.length > 0 ? 'pointer' : 'default'
      },
    },
  })
  const update = (next: HeatmapInput): void => {
    input = next
    chart.data = dataOf(next)
    chart.options.scales = scalesOf(next)
    chart.update('none')
  }
  return { update, destroy: () => chart.destroy() }
}
