// The part of the page that needs the chart library: loaded after the numbers are on the screen.
export { drawHeatmap, type HeatmapInput } from './heatmap.ts'
export { drawLine, type LineInput } from './line.ts'
