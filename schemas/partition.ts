// Which partition a key belongs to: murmur2 as in Kafka's Java client, so that every client agrees.

const SEED = 0x9747b28c
const M = 0x5bd1e995
const encoder = new TextEncoder()

/**
 * 32-bit murmur2 of the text's UTF-8 bytes, as `org.apache.kafka.common.utils.Utils.murmur2`; a signed int.
 */
export function murmur2(text: string): number {
  const data = encoder.encode(text)
  const length = data.length
  let h = SEED ^ length
  const words = length >> 2
  for (let i = 0; i < words; i++) {
    const j = i << 2
    let k = data[j]! | (data[j + 1]! << 8) | (data[j + 2]! << 16) | (data[j + 3]! << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    k = Math.imul(k, M)
    h = Math.imul(h, M) ^ k
  }
  const tail = words << 2
  const rest = length & 3
  if (rest >= 3) h ^= data[tail + 2]! << 16
  if (rest >= 2) h ^= data[tail + 1]! << 8
  if (rest >= 1) {
    h ^= data[tail]!
    h = Math.imul(h, M)
  }
  h ^= h >>> 13
  h = Math.imul(h, M)
  h ^= h >>> 15
  return h | 0
}

/** The partition of a key among `partitions` ≥ 1: `toPositive(murmur2(key)) % partitions`. */
export function partitionOf(key: string, partitions: number): number {
  return partitions === 1 ? 0 : (murmur2(key) & 0x7fffffff) % partitions
}
