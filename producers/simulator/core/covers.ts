// Covers: a square picture for every art id, in eight designs and sixteen palettes, of plain shapes.
import { Rng, words } from './random.ts'

const SIZE = 240
const STREAM = 61

/** Ground first, then four inks. */
const PALETTES: readonly (readonly string[])[] = `
#f4efe6 #d9472b #1f3d5a #e9b44c #222222
#0f1020 #f25f5c #ffe066 #247ba0 #70c1b3
#fbf7f0 #264653 #2a9d8f #e9c46a #e76f51
#1b1b1e #96031a #faa916 #fbfffe #6d676e
#e8f1f2 #13293d #006494 #247ba0 #1b98e0
#2b2d42 #8d99ae #edf2f4 #ef233c #d90429
#fff8e7 #5f0f40 #9a031e #fb8b24 #0f4c5c
#132a13 #31572c #90a955 #ecf39e #4f772d
#f7d1cd #735d78 #b392ac #e8c2ca #442b48
#0b132b #3a506b #5bc0be #f0f3bd #6fffe9
#f2e9e4 #22223b #4a4e69 #9a8c98 #c9ada7
#fdfcdc #00afb9 #f07167 #0081a7 #fed9b7
#111111 #eeeeee #8c8c8c #c6ff00 #4d4d4d
#240046 #7b2cbf #e0aaff #ff9e00 #ff6d00
#efe9db #2f4b3c #c8963e #a63d40 #151515
#001219 #ee9b00 #ca6702 #94d2bd #e9d8a6`
  .trim()
  .split('\n')
  .map(line => words(line))

type Draw = (rng: Rng, inks: readonly string[]) => string

const round = (value: number) => Math.round(value)
const ink = (rng: Rng, inks: readonly string[]) => inks[rng.int(inks.length)]!
const disc = (x: number, y: number, r: number, fill: string) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`
const times = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join('')

/** Rings about a point off the centre. */
const rings: Draw = (rng, inks) => {
  const x = round(SIZE * (0.25 + rng.unit() * 0.5))
  const y = round(SIZE * (0.25 + rng.unit() * 0.5))
  const count = 5 + rng.int(5)
  const step = 150 / count
  return times(
    count,
    i => `<circle cx="${x}" cy="${y}" r="${round(step * (count - i))}" fill="${inks[i % inks.length]}"/>`,
  )
}

/** A grid of quarter circles. */
const quarters: Draw = (rng, inks) => {
  const n = 3 + rng.int(2)
  const side = SIZE / n
  return times(n * n, i => {
    const x = (i % n) * side
    const y = Math.floor(i / n) * side
    const turn = 90 * rng.int(4)
    const shape = `M0 0H${side}A${side} ${side} 0 0 1 0 ${side}Z`
    const middle = side / 2
    const place = `translate(${x} ${y})rotate(${turn} ${middle} ${middle})`
    return `<path d="${shape}" fill="${ink(rng, inks)}" transform="${place}"/>`
  })
}

/** A sun over rows of hills. */
const hills: Draw = (rng, inks) => {
  const sun = disc(60 + rng.int(120), 60 + rng.int(50), 22 + rng.int(30), inks[0]!)
  return (
    sun +
    times(4, i => {
      const y = 110 + i * 34
      const lift = () => y - rng.int(60)
      const path = `M0 ${lift()}C60 ${lift()} 90 ${y + 20} 130 ${lift()}S210 ${lift()} 240 ${lift()}V240H0Z`
      return `<path d="${path}" fill="${inks[(i + 1) % inks.length]}"/>`
    })
  )
}

/** Slanted stripes of uneven width. */
const stripes: Draw = (rng, inks) => {
  let x = -100
  const bars = times(14, () => {
    const width = 6 + rng.int(34)
    const bar = `<rect x="${x}" y="-120" width="${width}" height="480" fill="${ink(rng, inks)}"/>`
    x += width + rng.int(16)
    return bar
  })
  return `<g transform="rotate(${rng.int(180)} 120 120)">${bars}</g>`
}

/** Half discs that swell along a diagonal. */
const dots: Draw = (rng, inks) => {
  const colour = ink(rng, inks)
  const falls = rng.unit() < 0.5
  const cells = times(64, i => {
    const x = i % 8
    const y = Math.floor(i / 8)
    const r = 2 + ((falls ? x + y : 7 - x + y) * 12) / 14
    return `M${x * 30 + 15 - round(r)} ${y * 30 + 15}a${round(r)} ${round(r)} 0 1 0 ${2 * round(r)} 0`
  })
  const moon = disc(rng.int(SIZE), rng.int(SIZE), 50 + rng.int(50), ink(rng, inks))
  return `${moon}<path d="${cells}" fill="${colour}"/>`
}

/** A wave form, as on a display. */
const wave: Draw = (rng, inks) => {
  const bars = times(24, i => {
    const high = round(14 + 90 * rng.unit() * Math.sin((Math.PI * (i + 0.5)) / 24))
    return `M${i * 10 + 5} ${120 - high}v${2 * high}`
  })
  const ground = disc(120, 120, 70 + rng.int(40), inks[1]!)
  const stroke = `stroke="${inks[2]}" stroke-width="${3 + rng.int(5)}" stroke-linecap="round"`
  return `${ground}<path d="${bars}" ${stroke}/>`
}

/** Triangles of a folded sheet. */
const folds: Draw = (rng, inks) => {
  const x = 60 + rng.int(120)
  const y = 60 + rng.int(120)
  const corners = [`0 0`, `${rng.int(SIZE)} 0`, `240 0`, `240 ${rng.int(SIZE)}`, `240 240`, `0 240`, `0 0`]
  return times(corners.length - 1, i => {
    const fill = inks[(i + rng.int(2)) % inks.length]
    return `<path d="M${x} ${y}L${corners[i]}L${corners[i + 1]}Z" fill="${fill}"/>`
  })
}

/** Thin orbits with a planet on each. */
const orbits: Draw = (rng, inks) => {
  const turn = rng.int(180)
  const lines = times(7, i => {
    const rx = 22 + i * 15
    const angle = rng.unit() * 2 * Math.PI
    const ry = round(rx * 0.62)
    const x = round(120 + rx * Math.cos(angle))
    const y = round(120 + ry * Math.sin(angle))
    const planet = disc(x, y, 3 + rng.int(7), ink(rng, inks))
    return `<ellipse cx="120" cy="120" rx="${rx}" ry="${ry}" fill="none" stroke="${inks[0]}"/>${planet}`
  })
  return `<g transform="rotate(${turn} 120 120)">${lines}</g>${disc(120, 120, 14, inks[1]!)}`
}

const DESIGNS: readonly Draw[] = [rings, quarters, hills, stripes, dots, wave, folds, orbits]

const PICTURE = /(?:^|\/)a?(\d{10})_\d+\.jpg$/

/** Under 2 KB; takes the feed's art_url or the file name alone, and gives null for anything else. */
export function coverSvg(artUrl: string): string | null {
  const id = PICTURE.exec(artUrl)?.[1]
  if (id === undefined) return null
  const rng = new Rng(STREAM, Number(id) | 0)
  const [ground = '#000', ...inks] = PALETTES[rng.int(PALETTES.length)]!
  const shift = rng.int(inks.length)
  const turned = [...inks.slice(shift), ...inks.slice(0, shift)]
  const drawing = DESIGNS[rng.int(DESIGNS.length)]!(rng, turned)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}">` +
    `<rect width="${SIZE}" height="${SIZE}" fill="${ground}"/>${drawing}</svg>`
  )
}
