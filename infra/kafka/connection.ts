// How to reach Kafka: brokers, TLS and login, in our words; translated for kafkajs.
import type { SASLOptions } from 'kafkajs'
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
