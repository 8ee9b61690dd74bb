// `npm run schemas`: writes docs/schemas, JSON Schemas of each topic's records and of posts to the webhook.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TOPIC_NAMES } from '../../../schemas/topics.ts'
import { jsonSchemaOf, webhookJsonSchema } from '../json-schemas.ts'

const folder = join(import.meta.dirname, '../../../docs/schemas')
mkdirSync(folder, { recursive: true })
for (const topic of TOPIC_NAMES) writeFileSync(join(folder, `${topic}.json`), jsonSchemaOf(topic))
writeFileSync(join(folder, 'webhook.json'), webhookJsonSchema())
