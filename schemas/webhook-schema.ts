// The documented body of a post to the operator's webhook.
import { z } from 'zod'
import { alertSchema } from './alert-schema.ts'

export const webhookPostSchema = z
  .object({
    type: z.literal('alerts').describe('What this tells of; others may come'),
    timestamp: z.iso.datetime().describe('When it was put together, UTC'),
    data: z
      .object({
        alerts: z
          .array(
            z
              .object({
                alert: alertSchema,
                title: z
                  .string()
                  .describe('In one sentence. Text from sellers: may hold anything, escape it'),
                viewUrl: z.url().describe('The live view of what moved'),
                alertUrl: z.url().describe('The alert itself, as it stands'),
              })
              .readonly(),
          )
          .min(1)
          .readonly(),
        isSimulated: z.boolean().describe('The sales are made up'),
      })
      .readonly(),
  })
  .readonly()
  .describe('A post to the webhook: signed as standardwebhooks.com says, the same `webhook-id` at every try.')

export type WebhookPost = z.infer<typeof webhookPostSchema>
