// Seeded randomness: hashes of integers, a small fast generator, and weighted choice in constant time.

const TO_UNIT = 2 ** -32
/** Odd constants of murmur3 and of the golden ratio: any odd numbers with mixed bits would do. */
const MIX_A = 0x85ebca6b
const MIX_B = 0xc2b2ae35
const GOLDEN = 0x9e3779b9

/** Murmur3's finaliser: a bijection of 32-bit integers in which every input bit moves every output bit. */
export function mix32(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), MIX_A)
  h = Math.imul(h ^ (h >>> 13), MIX_B)
  return (h ^ (h >>> 16)) >>> 0
}

/** A uint32 from a seed and up to three integers (their low 32 bits); order matters. */
export function hash(seed: number, a: number, b = 0, c = 0): number {
  let h = mix32(seed + GOLDEN)
  h = mix32((h ^ a) + GOLDEN)
  h = mix32((h ^ b) + GOLDEN)
  return mix32((h ^ c) + GOLDEN)
}

/** The same as a number in [0, 1). */
export function hashUnit(seed: number, a: number, b = 0, c = 0): number {
  return hash(seed, a, b, c) * TO_UNIT
}

/** The part behind the point, for numbers ≥ 0. */
export function fraction(value: number): number {
  return value - Math.floor(value)
}

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, a few nanoseconds a number. */
export class Rng {
  private a: number
  private b: number
  private c: number
  private d = 1

  constructor(seed: number, stream: number) {
    this.a = hash(seed, stream, 1)
    this.b = hash(seed, stream, 2)
    this.c = hash(seed, stream, 3)
    // The author's advice: the first numbers still show the seed.
    for (let i = 0; i < 12; i++) this.bits()
  }

  /** 32 random bits as a signed integer. */
  bits(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0
    this.d = (this.d + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (this.c << 21) | (this.c >>> 11)
    this.c = (this.c + t) | 0
    return t
  }

  /** Uniform in [0, 1), 32 bits fine. */
  unit(): number {
    return (this.bits() >>> 0) * TO_UNIT
  }

  /** Uniform in [0, 1), 53 bits fine: for times, which are finer than a microsecond. */
  fineUnit(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) * 2 ** -53
  }

  /** A whole number in [0, below). */
  int(below: number): number {
    return Math.floor(this.unit() * below)
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit())
  }

  /** Gamma of mean 1 and the given shape > 1 (Marsaglia and Tsang 2000): busy and quiet minutes. */
  gammaOfMeanOne(shape: number): number {
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(1 - this.unit()) < 0.5 * x * x + d - d * v + d * Math.log(v))
        return (d * v) / shape
    }
  }

  /** Poisson by counting gaps of a unit process; cost grows with the mean. */
  poisson(mean: number): number {
    let count = 0
    let at = -Math.log(1 - this.unit())
    while (at < mean) {
      at -= Math.log(1 - this.unit())
      count++
    }
    return count
  }
}

/** Picks index i with probability weights[i] / sum, for a number in [0, 1): Walker's alias method. */
export class WeightedChoice {
  private readonly cut: Float64Array
  private readonly other: Uint32Array

  constructor(weights: readonly number[]) {
    const n = weights.length
    const sum = weights.reduce((total, weight) => total + weight, 0)
    if (!(sum > 0)) throw new RangeError('weights must add up to more than 0')
    this.cut = Float64Array.from(weights, weight => (weight * n) / sum)
    this.other = new Uint32Array(n)
    const small: number[] = []
    const large: number[] = []
    for (let i = 0; i < n; i++) (this.cut[i]! < 1 ? small : large).push(i)
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop()!
      const rich = large.pop()!
      this.other[poor] = rich
      this.cut[rich] = this.cut[rich]! - (1 - this.cut[poor]!)
      if (this.cut[rich]! < 1) small.push(rich)
      else large.push(rich)
    }
    // What is left over is 1 up to rounding.
    for (const i of [...small, ...large]) this.cut[i] = 1
  }

  pick(unit: number): number {
    const scaled = unit * this.cut.length
    const column = Math.floor(scaled)
    return scaled - column < this.cut[column]! ? column : this.other[column]!
  }
}

/** The words of a text, separated by blanks and line ends. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}

/** The lines of a text, trimmed, without empty ones. */
export function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}
