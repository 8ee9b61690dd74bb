// Who gets which partition: even, with as few moves as possible, and never one that is in another's hands.

/** A member of the group as it presents itself when it joins. */
export interface Candidate {
  readonly id: string
  /** Partitions it holds at this moment. */
  readonly owned: readonly number[]
  /** The generation in which it was given them: of two that claim the same, the younger is right. */
  readonly generation: number
}

/**
 * Partitions by member id. What is due to one member but still held by another is given to nobody: the
 * holder sees that it lacks it, lets go, and asks for another round (KIP-429).
 */
export function assign(
  candidates: readonly Candidate[],
  partitions: number,
): ReadonlyMap<string, readonly number[]> {
  const members = [...candidates].sort((a, b) => (a.id < b.id ? -1 : 1))
  const holders = holdersOf(members, partitions)
  const due = dueTo(members, holders, partitions)
  return new Map(
    members.map(({ id }) => [
      id,
      due.get(id)!.filter(partition => holders[partition] === null || holders[partition] === id),
    ]),
  )
}

function holdersOf(members: readonly Candidate[], partitions: number): readonly (string | null)[] {
  const holders = new Array<Candidate | null>(partitions).fill(null)
  for (const member of members) {
    for (const partition of member.owned) {
      if (partition >= partitions) continue
      const other = holders[partition] ?? null
      if (other === null || other.generation < member.generation) holders[partition] = member
    }
  }
  return holders.map(holder => holder?.id ?? null)
}

/** Every partition to one member: each keeps what it holds up to an even share, and fills up to it. */
function dueTo(
  members: readonly Candidate[],
  holders: readonly (string | null)[],
  partitions: number,
): ReadonlyMap<string, number[]> {
  const due = new Map<string, number[]>(members.map(({ id }) => [id, []]))
  const least = Math.floor(partitions / members.length)
  let extra = partitions % members.length
  const free: number[] = []
  for (const [partition, holder] of holders.entries()) {
    const own = holder === null ? undefined : due.get(holder)
    if (own !== undefined && own.length < least) own.push(partition)
    else if (own !== undefined && own.length === least && extra > 0) {
      own.push(partition)
      extra--
    } else free.push(partition)
  }
  for (const own of due.values()) while (own.length < least) own.push(free.shift()!)
  for (const own of due.values()) {
    if (free.length === 0) break
    if (own.length === least) own.push(free.shift()!)
  }
  return due
}
