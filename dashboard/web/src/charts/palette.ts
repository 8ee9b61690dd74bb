// The colours of charts, read from the page's own tokens, and the Cividis scale of the heatmap.

export interface Palette {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly panel: string
  readonly series: string
  readonly hatch: string
  readonly friday: string
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  return {
    text: token('--text'),
    muted: token('--muted'),
    line: token('--line'),
    panel: token('--panel'),
    series: token('--series-1'),
    hatch: token('--hatch'),
    friday: token('--friday'),
  }
}

type Rgb = readonly [number, number, number]

/** Nine stops of Cividis (Nuñez, Anderton, Renslow 2018), dark to light. */
const CIVIDIS: readonly Rgb[] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [254, 232, 56],
]

/** The colour of a share 0..1 as `rgb(r g b)`. */
export function cividis(share: number): string {
  const at = Math.max(0, Math.min(1, share)) * (CIVIDIS.length - 1)
  const low = CIVIDIS[Math.floor(at)]!
  const high = CIVIDIS[Math.ceil(at)]!
  const mix = at - Math.floor(at)
  const [r, g, b] = low.map((value, i) => Math.round(value + (high[i]! - value) * mix))
  return `rgb(${r} ${g} ${b})`
}

/** A diagonal hatching to fill with, seven pixels wide; null where the canvas gives none. */
export function hatching(context: CanvasRenderingContext2D, color: string): CanvasPattern | null {
  const size = 7
  const tile = document.createElement('canvas')
  tile.width = size
  tile.height = size
  const draw = tile.getContext('2d')
  if (draw === null) return null
  draw.strokeStyle = color
  draw.lineWidth = 1.2
  draw.beginPath()
  draw.moveTo(-1, size + 1)
  draw.lineTo(size + 1, -1)
  draw.moveTo(-1, 1)
  draw.lineTo(1, -1)
  draw.moveTo(size - 1, size + 1)
  draw.lineTo(size + 1, size - 1)
  draw.stroke()
  return context.createPattern(tile, 'repeat')
}
