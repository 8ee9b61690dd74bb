// Flat tables that grow by doubling.

export function grownInts(table: Int32Array, length: number, fill = 0): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(length, table.length * 2)).fill(fill)
  bigger.set(table)
  return bigger
}

export function grownBytes(table: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const bigger = new Uint8Array(Math.max(length, table.length * 2))
  bigger.set(table)
  return bigger
}

export function grownDoubles(table: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(Math.max(length, table.length * 2))
  bigger.set(table)
  return bigger
}
