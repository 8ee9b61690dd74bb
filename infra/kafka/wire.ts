// What this adapter uses of kafkajs below its public API: connections, metadata, requests of the protocol.
import { createRequire } from 'node:module'
import kafkajs, { type KafkaConfig, type SASLOptions } from 'kafkajs'

/**
 * kafkajs has no call for "read from this offset", gives partitions away without waiting for their handlers,
 * and rebalances stop-the-world (ADR 0008). Its connections, metadata and codecs are sound, so we speak the
 * protocol through them; the version is pinned in package.json for that reason.
 */
const require = createRequire(import.meta.url)

interface Joined {
  readonly generationId: number
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
}

interface TopicPartitions<P> {
  readonly topic: string
  readonly partitions: readonly P[]
}

export interface WireBroker {
  readonly nodeId: string | number
  readonly connectionPool: { send(request: object): Promise<unknown> }
  initProducerId(options: object): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
  joinGroup(options: {
    readonly groupId: string
    readonly sessionTimeout: number
    readonly rebalanceTimeout: number
    readonly memberId: string
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  }): Promise<Joined>
  syncGroup(options: {
    readonly groupId: string
    readonly generationId: number
    readonly memberId: string
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
  }): Promise<{ readonly memberAssignment: Buffer }>
  heartbeat(options: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
  }): Promise<unknown>
  leaveGroup(options: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
  offsetCommit(options: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
    readonly topics: readonly TopicPartitions<{
      readonly partition: number
      readonly offset: string
      readonly metadata: string
    }>[]
  }): Promise<unknown>
  offsetFetch(options: {
    readonly groupId: string
    readonly topics: readonly TopicPartitions<{ readonly partition: number }>[]
  }): Promise<{
    readonly responses: readonly TopicPartitions<{
      readonly partition: number
      readonly offset: string
      readonly metadata: string | null
    }>[]
  }>
}

export interface WireCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  findBroker(options: { readonly nodeId: string }): Promise<WireBroker>
  findControllerBroker(): Promise<WireBroker>
  findGroupCoordinator(options: { readonly groupId: string }): Promise<WireBroker>
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>
  fetchTopicsOffset(
    topics: readonly (TopicPartitions<{ readonly partition: number }> & {
      readonly fromBeginning?: boolean
      readonly fromTimestamp?: number
    })[],
  ): Promise<readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[]>
}

export interface WireSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl: KafkaConfig['ssl'] | null
  readonly sasl: SASLOptions | null
}

/** A connection is there within this time, or it is an outage: a start is to say so within ten seconds. */
const CONNECT_TIMEOUT_MS = 3_000
const AUTHENTICATION_TIMEOUT_MS = 5_000
/** Longer than anything a healthy broker takes; joins have their own. */
export const REQUEST_TIMEOUT_MS = 30_000
/** Leaders that moved are noticed by their errors; this only finds brokers that were added. */
const METADATA_MAX_AGE_MS = 60_000
/** Reads what is not yet committed to a transaction, too: we write none. */
export const READ_UNCOMMITTED = 0

/** Retries inside kafkajs: short, since our own loops retry with back-off and say so. */
const WIRE_RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 2 }

const quiet = (): (() => void) => () => {}

const { createLogger, LEVELS } = require('kafkajs/src/loggers/index.js') as {
  createLogger(options: object): unknown
  LEVELS: { readonly NOTHING: number }
}
const createSocketFactory = require('kafkajs/src/network/socketFactory.js') as () => unknown
interface WireConnection {
  connect(): Promise<unknown>
  isConnected(): boolean
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
}
const Connection = require('kafkajs/src/network/connection.js') as { readonly prototype: WireConnection }
const SIZE_BYTES = 4

/**
 * Two faults of kafkajs that a restarted broker brings out: callers that find a connection closed open a
 * socket each, and their answers are mixed; and the rest of an answer that was cut off is taken for the
 * beginning of the next. Either ends in requests that are never answered.
 */
function connectOnce(connection: { readonly prototype: WireConnection }): void {
  const connecting = new WeakMap<WireConnection, Promise<unknown>>()
  const { connect } = connection.prototype
  connection.prototype.connect = function (): Promise<unknown> {
    const running = connecting.get(this)
    if (running !== undefined) return running
    if (!this.isConnected()) {
      this.chunks = []
      this.bytesBuffered = 0
      this.bytesNeeded = SIZE_BYTES
    }
    const own = connect.call(this).finally(() => connecting.delete(this))
    connecting.set(this, own)
    return own
  }
}
connectOnce(Connection)

const Cluster = require('kafkajs/src/cluster/index.js') as new (options: object) => WireCluster

/** For what the public API does well: the administration of topics. */
export function createKafka({ brokers, clientId, ssl, sasl }: WireSettings): kafkajs.Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl === null || ssl === undefined ? {} : { ssl }),
    ...(sasl === null ? {} : { sasl }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: WIRE_RETRY,
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: quiet,
  })
}

/** Connections of their own: requests on one connection are answered in order, and some of them wait. */
export function createCluster({ brokers, clientId, ssl, sasl }: WireSettings): WireCluster {
  return new Cluster({
    logger: createLogger({ level: LEVELS.NOTHING, logCreator: quiet }),
    socketFactory: createSocketFactory(),
    brokers: [...brokers],
    clientId,
    ssl,
    sasl,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    isolationLevel: READ_UNCOMMITTED,
    retry: WIRE_RETRY,
  })
}

export const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol
