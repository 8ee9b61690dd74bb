// The JSON Schema of what a topic holds, for programs that read or write it.
import { z } from 'zod'
import { TOPIC_SCHEMAS } from '../../schemas/record-schemas.ts'
import { TOPICS, type TopicName } from '../../schemas/topics.ts'
import { webhookPostSchema } from '../../schemas/webhook-schema.ts'

/** Draft 2020-12, as the text of a file. Further fields are allowed: readers skip what they do not know. */
export function jsonSchemaOf(topic: TopicName): string {
  const { $schema, ...schema } = z.toJSONSchema(TOPIC_SCHEMAS[topic], { io: 'input' })
  const { holds, partitionedBy, writtenBy } = TOPICS[topic]
  const description = `A record of ${topic}: ${holds}. Partitioned by ${partitionedBy}; written by ${writtenBy}.`
  return `${JSON.stringify({ $schema, title: topic, description, ...schema }, null, 2)}\n`
}

/** The same for the body of a post to the webhook. */
export function webhookJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(webhookPostSchema, { io: 'input' })
  return `${JSON.stringify({ $schema, title: 'webhook', ...schema }, null, 2)}\n`
}
