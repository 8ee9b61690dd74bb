// Errors of kafkajs told in our terms: outages are tried again, a wrong setup is for a person, the rest is a
// bug.
import { OutageError, SetupError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'
import { UnknownCodecError } from './record-batch.ts'

interface KafkaJsError extends Error {
  readonly retriable?: boolean
  /** Name of a protocol error: `TOPIC_AUTHORIZATION_FAILED`. */
  readonly type?: string
  readonly code?: string | number
  readonly broker?: string
  readonly topic?: string
  readonly partition?: number
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
/** Within one call: rides over a leader that moves; what lasts longer is an outage for the caller. */
const TRIES = 4

/** What kafkajs wrapped: of its retries only the last failure says anything. */
function innermost(error: unknown): KafkaJsError | null {
  let found = error
  while (found instanceof Error && isKafkaJs(found)) {
    const { cause } = found
    if (!(cause instanceof Error)) break
    found = cause
  }
  return found instanceof Error ? found : null
}

function isKafkaJs(error: Error): boolean {
  return error.name.startsWith('KafkaJS')
}

export function typeOf(error: unknown): string {
  return innermost(error)?.type ?? ''
}

/** Members of a group that the coordinator no longer knows, or knows under another generation. */
export function isGone(error: unknown): boolean {
  return ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'].includes(typeOf(error))
}

const NOT_TRANSIENT = ['KafkaJSNotImplemented', 'KafkaJSInvariantViolation', 'KafkaJSInvalidVarIntError']

const ADVICE: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'Describe, Read and Write (and Create, DescribeConfigs) on the topics',
  GROUP_AUTHORIZATION_FAILED: 'Read and Describe on the groups',
  CLUSTER_AUTHORIZATION_FAILED: 'Create and IdempotentWrite on the cluster',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Write on the transactional id',
}

const CERTIFICATE = /certificate|self[- ]signed|CERT_|altnames/i

/**
 * The error as the rest of the system knows it: `OutageError`, `SetupError` with the next step, or itself
 * where it is a bug.
 */
export function troubleOf(error: unknown, brokers: readonly string[]): unknown {
  if (error instanceof OutageError || error instanceof SetupError) return error
  const at = brokers.join(', ')
  if (error instanceof UnknownCodecError) {
    return new SetupError(
      `${error.message} on Kafka at ${at}: another program writes to our topics`,
      'set compression.type=gzip on the topic, so that brokers store what everybody can read',
      { cause: error },
    )
  }
  const inner = innermost(error)
  if (inner === null || !(isKafkaJs(inner) || typeof inner.code === 'string')) return error
  const rights = ADVICE[inner.type ?? '']
  if (rights !== undefined) {
    const what = inner.topic === undefined ? '' : ` (topic ${inner.topic})`
    return new SetupError(
      `Kafka at ${at} does not allow this user to do it${what}: ${inner.message}`,
      `grant it ${rights}, with kafka-acls.sh or your provider's console`,
      { cause: error },
    )
  }
  if (inner.name === 'KafkaJSSASLAuthenticationError' || inner.type === 'SASL_AUTHENTICATION_FAILED') {
    return new SetupError(
      `Kafka at ${at} refused the login`,
      'check BCT_KAFKA_USERNAME, BCT_KAFKA_PASSWORD and --kafka-sasl',
      { cause: error },
    )
  }
  if (CERTIFICATE.test(`${inner.message} ${String(inner.code)}`)) {
    return new SetupError(
      `the certificate of Kafka at ${at} is not trusted: ${inner.message}`,
      'name the file of its authority with --kafka-ca',
      { cause: error },
    )
  }
  if (NOT_TRANSIENT.includes(inner.name)) return error
  const code = inner.type ?? (typeof inner.code === 'string' ? inner.code : inner.name)
  return new OutageError(code, `Kafka at ${at} does not answer as it should: ${inner.message}`, {
    cause: error,
  })
}

/** Growing pauses, with an end that does not grow: 100 ms, 200 ms … 2 s. */
export function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
}

export interface AttemptOptions {
  readonly tries?: number
  /** Outages that no repeat cures. */
  readonly isFinal?: (outage: OutageError) => boolean
}

/** Runs `work` again while it fails for what may pass; `recover` (new metadata) comes in between. */
export async function attempt<R>(
  brokers: readonly string[],
  work: () => Promise<R>,
  recover: () => Promise<unknown>,
  { tries = TRIES, isFinal = () => false }: AttemptOptions = {},
): Promise<R> {
  for (let failures = 0; ; failures++) {
    try {
      return await work()
    } catch (error) {
      const trouble = troubleOf(error, brokers)
      if (!(trouble instanceof OutageError) || failures + 1 >= tries || isFinal(trouble)) throw trouble
      await pause(pauseMs(failures))
      await recover().catch(() => undefined)
    }
  }
}
