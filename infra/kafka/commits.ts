// Commits positions of a group, fenced by the member's identity: who was held for dead commits nothing.
import { OutageError, type Position } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import type { Identity } from './membership.ts'
import { encodePosition } from './position.ts'
import { pauseMs, troubleOf, typeOf } from './trouble.ts'
import type { WireBroker, WireCluster } from './wire.ts'

export interface CommitParts {
  /** Not the member's own: there, a commit would wait behind a join. */
  readonly cluster: WireCluster
  readonly brokers: readonly string[]
  readonly groupId: string
  readonly topicName: string
  readonly onTrouble: (error: unknown, retryInMs: number) => void
}

/** Whose commit it is, asked again at every try. */
export interface Committer {
  /** Null where the partition is not ours any more. */
  identity(): Identity | null
  /** While it is not aborted, an outage is waited out; then one more try is made. */
  readonly stopping: AbortSignal
}

export type Commit = (partition: number, position: Position, committer: Committer) => Promise<boolean>

/** The new generation is known in a moment, to us or to the coordinator. */
const GENERATION_PAUSE_MS = 20
/** A round of joining lasts no longer; what is not committed then is read again, no more. */
const MAX_GENERATION_PAUSES = 500

/** Resolves with false, and nothing is committed, where the partition is another's. */
export function createCommit({ cluster, brokers, groupId, topicName, onTrouble }: CommitParts): Commit {
  let coordinator: WireBroker | null = null

  const send = async (partition: number, position: Position, identity: Identity): Promise<void> => {
    coordinator ??= await cluster.findGroupCoordinator({ groupId })
    const offset = String(position.offset)
    await coordinator.offsetCommit({
      groupId,
      groupGenerationId: identity.generation,
      memberId: identity.memberId,
      topics: [{ topic: topicName, partitions: [{ partition, offset, metadata: encodePosition(position) }] }],
    })
  }

  return async (partition, position, committer) => {
    for (let failures = 0, pauses = 0; ; ) {
      const identity = committer.identity()
      if (identity === null) return false
      const isLast = committer.stopping.aborted
      try {
        await send(partition, position, identity)
        return true
      } catch (error) {
        const type = typeOf(error)
        if (type === 'UNKNOWN_MEMBER_ID') return false
        if (type === 'REBALANCE_IN_PROGRESS' || type === 'ILLEGAL_GENERATION') {
          if (++pauses > MAX_GENERATION_PAUSES) return false
          await pause(GENERATION_PAUSE_MS)
          continue
        }
        coordinator = null
        const trouble = troubleOf(error, brokers)
        if (!(trouble instanceof OutageError)) throw trouble
        if (isLast) return true
        const retryInMs = pauseMs(failures++)
        if (failures > 1) onTrouble(trouble, retryInMs)
        await pause(retryInMs, committer.stopping)
        await cluster.refreshMetadata().catch(() => undefined)
      }
    }
  }
}
