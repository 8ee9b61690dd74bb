// One member of a Kafka group: joins, keeps its heart beating, hears which partitions are due to it.
import { OutageError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import { assign, type Candidate } from './assign.ts'
import { isGone, pauseMs, troubleOf, typeOf } from './trouble.ts'
import { MemberAssignment, MemberMetadata, type WireBroker, type WireCluster } from './wire.ts'

export interface GroupTimes {
  /** A member that is not heard of for this long is held for dead. */
  readonly sessionMs: number
  /** How soon a change in the group is noticed. */
  readonly heartbeatEveryMs: number
}

export interface MembershipParts {
  readonly cluster: WireCluster
  readonly brokers: readonly string[]
  readonly groupId: string
  readonly topicName: string
  readonly partitions: number
  readonly times: GroupTimes
  /** Partitions in hand at this moment, those that are being let go included. */
  owned(): readonly number[]
  /** Due from now on: others in hand are to be let go, and `askAgain` called when they are. */
  due(partitions: readonly number[]): void
  /** Held for dead: everything in hand belongs to others. Resolves when nothing is in hand any more. */
  lost(): Promise<void>
  onTrouble(error: unknown, retryInMs: number): void
}

/** Who we are to the coordinator: what a commit carries. */
export interface Identity {
  readonly memberId: string
  readonly generation: number
}

const PROTOCOL = 'bct-sticky'
/** No generation yet. */
const NONE = -1
/** The others join again at their next heartbeat, whatever they are doing: this is for those that hang. */
const REBALANCE_MS = 30_000

export class Membership {
  /** Rejects with what makes membership impossible (a right that is missing); else resolves after `leave`. */
  readonly done: Promise<void>
  readonly #parts: MembershipParts
  readonly #stop = new AbortController()
  #asked = new AbortController()
  #coordinator: WireBroker | null = null
  #memberId = ''
  #generation = NONE
  /** The last generation in which we were told what is ours. */
  #toldIn = NONE
  #leaving: Promise<void> | null = null

  constructor(parts: MembershipParts) {
    this.#parts = parts
    this.done = this.#run()
    this.done.catch(() => {}) // seen by whoever awaits it
  }

  /** Null while it is not a member. */
  identity(): Identity | null {
    const [memberId, generation] = [this.#memberId, this.#generation]
    return memberId === '' || generation === NONE ? null : { memberId, generation }
  }

  /** Another round: something was let go that others wait for. */
  askAgain(): void {
    this.#asked.abort()
  }

  /** Leaves the group, so that others need not wait for the session to end; idempotent. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave()
    return this.#leaving
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      try {
        await this.#round()
        failures = 0
        await this.#beatUntilAsked()
      } catch (error) {
        if (typeOf(error) === 'REBALANCE_IN_PROGRESS') continue
        if (isGone(error)) await this.#gone()
        else await this.#recover(error, failures++)
      }
    }
  }

  async #round(): Promise<void> {
    const { cluster, groupId, topicName, times } = this.#parts
    this.#asked = new AbortController()
    this.#coordinator ??= await cluster.findGroupCoordinator({ groupId })
    const joined = await this.#coordinator.joinGroup({
      groupId,
      sessionTimeout: times.sessionMs,
      rebalanceTimeout: REBALANCE_MS,
      memberId: this.#memberId,
      groupProtocols: [{ name: PROTOCOL, metadata: introduction(this.#parts, this.#toldIn) }],
    })
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    const isLeader = joined.leaderId === joined.memberId
    const { memberAssignment } = await this.#coordinator.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: isLeader ? assignments(this.#parts, joined.members) : [],
    })
    this.#toldIn = joined.generationId
    const told = memberAssignment.length === 0 ? null : MemberAssignment.decode(memberAssignment)
    this.#parts.due(told?.assignment[topicName] ?? [])
  }

  async #beatUntilAsked(): Promise<void> {
    const { groupId, times } = this.#parts
    const ended = AbortSignal.any([this.#stop.signal, this.#asked.signal])
    for (;;) {
      await pause(times.heartbeatEveryMs, ended)
      if (ended.aborted) return
      const [groupGenerationId, memberId] = [this.#generation, this.#memberId]
      await this.#coordinator!.heartbeat({ groupId, groupGenerationId, memberId })
    }
  }

  /** Held for dead: a new member, with nothing in hand. */
  async #gone(): Promise<void> {
    this.#memberId = ''
    this.#generation = NONE
    this.#toldIn = NONE
    await this.#parts.lost()
  }

  async #recover(error: unknown, failures: number): Promise<void> {
    const { brokers, cluster, onTrouble } = this.#parts
    const trouble = troubleOf(error, brokers)
    if (!(trouble instanceof OutageError)) throw trouble
    this.#coordinator = null
    const retryInMs = pauseMs(failures)
    onTrouble(trouble, retryInMs)
    await pause(retryInMs, this.#stop.signal)
    await cluster.refreshMetadata().catch(() => undefined)
  }

  async #leave(): Promise<void> {
    const { groupId } = this.#parts
    this.#stop.abort()
    await this.done.catch(() => undefined)
    const memberId = this.#memberId
    this.#memberId = ''
    if (memberId !== '') await this.#coordinator?.leaveGroup({ groupId, memberId }).catch(() => undefined)
  }
}

/** What the leader decides by: see `Candidate`. */
function introduction({ owned, topicName }: MembershipParts, toldIn: number): Buffer {
  const userData = Buffer.from(JSON.stringify({ generation: toldIn, owned: owned() }))
  return MemberMetadata.encode({ version: 0, topics: [topicName], userData })
}

function assignments(
  { topicName, partitions }: MembershipParts,
  members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[],
): { readonly memberId: string; readonly memberAssignment: Buffer }[] {
  const candidates = members.map(({ memberId, memberMetadata }): Candidate => {
    const { userData } = MemberMetadata.decode(memberMetadata)!
    const said = JSON.parse(userData.toString('utf8')) as Omit<Candidate, 'id'>
    return { id: memberId, owned: said.owned, generation: said.generation }
  })
  return [...assign(candidates, partitions)].map(([memberId, own]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({
      version: 0,
      assignment: { [topicName]: [...own] },
      userData: Buffer.alloc(0),
    }),
  }))
}
