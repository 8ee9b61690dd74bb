// Keys of the configuration: how to reach AWS Kinesis.
import { z } from 'zod'
import { docs } from './docs.ts'

/** Streams are named so; Kinesis allows 128 characters with ours and a mode's behind it. */
const streamPrefix = z
  .string()
  .regex(/^[\w.-]{1,80}$/, 'must be letters, digits, dots, underscores and hyphens, 80 at most')

const region = z
  .string()
  .regex(/^$|^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'is not an AWS region such as eu-central-1')
  .transform(text => (text === '' ? null : text))

const endpoint = z
  .string()
  .regex(/^$|^https?:\/\/[\w.[\]:-]+\/?$/, 'is not an address such as http://localhost:4568')
  .transform(text => (text === '' ? null : text))

export const kinesisKeys = {
  kinesisRegion: region.register(docs, {
    default: '',
    says: 'Region of the streams; credentials are those of the AWS environment',
    group: 'Kinesis',
    value: 'REGION',
  }),
  kinesisEndpoint: endpoint.register(docs, {
    default: '',
    says: 'Address of a VPC endpoint or an emulator; empty: that of the region',
    group: 'Kinesis',
    value: 'URL',
  }),
  kinesisStreamPrefix: streamPrefix.register(docs, {
    default: 'bct.',
    says: 'In front of the names of streams; simulated and recorded modes add their own name',
    group: 'Kinesis',
    value: 'TEXT',
  }),
}

type KinesisConfig = z.infer<z.ZodObject<typeof kinesisKeys>> & { readonly log: string }

/** The rules between these keys. */
export function checkKinesis(
  config: KinesisConfig,
  refuse: (key: keyof typeof kinesisKeys, message: string) => void,
): void {
  if (config.log === 'kinesis' && config.kinesisRegion === null) {
    refuse('kinesisRegion', 'is needed for log kinesis')
  }
}
