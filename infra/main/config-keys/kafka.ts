// Keys of the configuration: which log, and how to reach Apache Kafka.
import { z } from 'zod'
import { isLoopback } from '../../runtime/loopback.ts'
import { commaList, wholeNumber } from '../config-values.ts'
import { docs } from './docs.ts'

const BROKER = /^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i

/** `kafka-1:9092, kafka-2:9092`. */
const brokerList = commaList.refine(list => list.length > 0 && list.every(broker => BROKER.test(broker)), {
  error: 'is not a comma-separated list of host:port',
})

/** Topics and groups are named so; Kafka allows 249 characters with ours behind it. */
const topicPrefix = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'must be letters, digits, dots, underscores and hyphens, 100 at most')

/** Empty: null. */
const orNull = (pattern: RegExp, error: string) =>
  z
    .string()
    .regex(pattern, error)
    .transform(text => (text === '' ? null : text))

const oneLine = orNull(/^\P{Cc}{0,1000}$/u, 'must be one line of at most 1000 characters')
const region = orNull(/^$|^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'is not an AWS region such as eu-central-1')

export const kafkaKeys = {
  log: z.enum(['embedded', 'kafka', 'kinesis']).register(docs, {
    default: 'embedded',
    says: 'Where records are kept: embedded in the data folder, in Apache Kafka or in AWS Kinesis',
    group: 'Kafka',
    value: 'embedded|kafka|kinesis',
  }),
  kafkaBrokers: brokerList.register(docs, {
    default: 'localhost:9092',
    says: 'Brokers of Apache Kafka 3.6 or newer, some of them, separated by commas',
    group: 'Kafka',
    value: 'HOST:PORT,…',
  }),
  kafkaTopicPrefix: topicPrefix.register(docs, {
    default: 'bct.',
    says: 'In front of the names of topics and groups; simulated and recorded modes add their own name',
    group: 'Kafka',
    value: 'TEXT',
  }),
  kafkaReplicationFactor: wholeNumber({ min: 1, max: 10, unit: 'copies' }).register(docs, {
    default: '1',
    says: 'Copies of each topic when it is made; 3 where there are three brokers',
    group: 'Kafka',
    value: 'N',
  }),
  kafkaTls: z.enum(['on', 'off']).register(docs, {
    default: 'off',
    says: 'TLS to the brokers',
    group: 'Kafka',
    value: 'on|off',
  }),
  kafkaCa: oneLine.clone().register(docs, {
    default: '',
    says: 'File with the authority (PEM) that signed the brokers’ certificates; empty: those of Node',
    group: 'Kafka',
    value: 'FILE',
  }),
  kafkaSasl: z.enum(['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'aws-msk-iam']).register(docs, {
    default: 'none',
    says: 'Login at the brokers; aws-msk-iam takes the credentials of the AWS environment',
    group: 'Kafka',
    value: 'none|plain|scram-sha-256|scram-sha-512|aws-msk-iam',
  }),
  kafkaUsername: oneLine.clone().register(docs, {
    default: '',
    says: 'User for plain and scram',
    group: 'Kafka',
    value: 'NAME',
  }),
  kafkaPassword: oneLine.clone().register(docs, {
    default: '',
    says: 'Password for plain and scram',
    group: 'Kafka',
    value: 'TEXT',
    secret: true,
  }),
  kafkaAwsRegion: region.register(docs, {
    default: '',
    says: 'Region of the MSK cluster, for aws-msk-iam',
    group: 'Kafka',
    value: 'REGION',
  }),
}

const isLocal = (broker: string): boolean => isLoopback(broker.replace(/:\d+$/, '').toLowerCase())

type KafkaConfig = z.infer<z.ZodObject<typeof kafkaKeys>>

/** The rules between these keys. */
export function checkKafka(
  config: KafkaConfig,
  refuse: (key: keyof KafkaConfig, message: string) => void,
): void {
  if (config.log !== 'kafka') return
  const { kafkaSasl: sasl } = config
  if (config.kafkaCa !== null && config.kafkaTls === 'off') refuse('kafkaCa', 'needs kafkaTls on')
  if (sasl === 'none') return
  if (sasl === 'aws-msk-iam') {
    if (config.kafkaTls === 'off') refuse('kafkaTls', 'must be on for kafkaSasl aws-msk-iam')
    if (config.kafkaAwsRegion === null)
      refuse('kafkaAwsRegion', 'must not be empty with kafkaSasl aws-msk-iam')
    return
  }
  if (sasl === 'plain' && config.kafkaTls === 'off' && !config.kafkaBrokers.every(isLocal)) {
    refuse('kafkaTls', 'must be on for kafkaSasl plain, which sends the password as it is')
  }
  if (config.kafkaUsername === null) refuse('kafkaUsername', `must not be empty with kafkaSasl ${sasl}`)
  if (config.kafkaPassword === null) refuse('kafkaPassword', `must not be empty with kafkaSasl ${sasl}`)
}
