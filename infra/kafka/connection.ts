// How to reach Kafka: brokers, TLS and login, in our words; translated for kafkajs.
import type { SASLOptions } from 'kafkajs'
import type { TopicName } from '../../schemas/topics.ts'
import { type OutageError, SetupError } from '../ports.ts'
import type { WireSettings } from './wire.ts'

export interface KafkaConnection {
  /** `host:port`, some of them: the others are learnt. */
  readonly brokers: readonly string[]
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string
  /** Null: no TLS. With a `ca` (PEM), that authority is trusted, else those that Node trusts. */
  readonly tls: { readonly ca: string | null } | null
  readonly login: KafkaLogin | null
}

export type KafkaLogin =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  /** Amazon MSK: the login of the AWS environment (role, profile, variables). */
  | { readonly mechanism: 'aws-msk-iam'; readonly region: string }

export interface KafkaLogOptions {
  readonly connection: KafkaConnection
  /** In front of the names of topics and groups: `bct.` gives `bct.sales`. */
  readonly prefix: string
  /** Of topics with `many` partitions, or by topic (1 where nothing is said). Fixed when they are made. */
  readonly partitions: number | Partial<Record<TopicName, number>>
  /** Copies of each topic; used when it is made. */
  readonly replicationFactor: number
  /** Topics that are missing are not made, but refused. */
  readonly mustExist?: boolean
  /** For tools: what exists may have any number of partitions; `partitions` counts for what is made. */
  readonly asItIs?: boolean
  /** Told while a broker does not answer and is tried again. */
  readonly onOutage?: (outage: { readonly code: string; readonly retryInMs: number }) => void
  /** After this long without a heartbeat a member is held for dead. Kafka refuses less than six seconds. */
  readonly sessionMs?: number
  /** How soon members notice that others come and go. */
  readonly heartbeatEveryMs?: number
}

export function wireSettings({ brokers, clientId, tls, login }: KafkaConnection): WireSettings {
  const ssl = tls === null ? null : tls.ca === null ? true : { ca: [tls.ca] }
  return { brokers, clientId, ssl, sasl: login === null ? null : saslOf(login) }
}

function saslOf(login: KafkaLogin): SASLOptions {
  if (login.mechanism !== 'aws-msk-iam') return { ...login }
  const { region } = login
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => {
      // Only for those who use it: it brings the AWS SDK along.
      const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js')
      const { token } = await generateAuthToken({ region })
      return { value: token }
    },
  }
}

/** While starting, brokers that cannot be reached are a matter of the setup. */
export function unreachable(outage: OutageError, brokers: readonly string[]): SetupError {
  return new SetupError(
    `no Kafka broker answers at ${brokers.join(', ')} (${outage.code})`,
    'check --kafka-brokers, that Kafka runs there, and --kafka-tls if it wants TLS',
    { cause: outage },
  )
}
