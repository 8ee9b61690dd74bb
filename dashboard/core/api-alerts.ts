// The API's shapes for alerts, for signing up, and for reports: what the server answers and the page reads.
import { z } from 'zod'
import { alertSchema } from '../../schemas/alert-schema.ts'
import { wishesSchema } from '../../schemas/wishes-schema.ts'

const count = z.number().int().nonnegative()
const epochMs = z.number().int().describe('Epoch milliseconds, UTC')

// ---- alerts

/** One alert as it stands: everything the record says, and how it is shown. */
export const apiAlertSchema = alertSchema
  .unwrap()
  .omit({ kind: true })
  .extend({
    label: z.string().describe('Name of the key for people. Text from sellers: may hold anything, escape it'),
    title: z
      .string()
      .describe('What moved, in one sentence. Text from sellers: may hold anything, escape it'),
    artUrl: z.string().nullable().describe('Cover of the release that sold most, where one is known'),
  })
export type ApiAlert = z.infer<typeof apiAlertSchema>

/** Answer of `GET /api/v1/alerts?from&to&key&minSeverity&open&limit`: newest opened first. */
export const alertsPageSchema = z.object({
  alerts: z.array(apiAlertSchema),
  next: z.string().nullable().describe('Goes into `to` for the alerts before these; null: there are none'),
})
export type AlertsPage = z.infer<typeof alertsPageSchema>

// ---- signing up: POST /api/v1/subscriptions

/** Longer than any address that mail servers take. */
export const MAX_ADDRESS_LENGTH = 254

export const signUpSchema = z.object({
  email: z.string().min(3).max(MAX_ADDRESS_LENGTH),
  wishes: wishesSchema,
})
export type SignUp = z.input<typeof signUpSchema>

/** The answer is the same whether or not the address is known. */
export const signUpAnswerSchema = z.object({ message: z.string() })
export type SignUpAnswer = z.infer<typeof signUpAnswerSchema>

// ---- reports

export const REPORT_STATES = [
  'due',
  'collecting',
  'rendered',
  'archived',
  'sending',
  'sent',
  'failed',
  'skipped',
] as const

export const reportFileSchema = z.object({
  kind: z.enum(['pdf', 'html', 'csv', 'json']),
  path: z.string().describe('Behind /reports/files/'),
  bytes: count.nullable(),
})

export const reportDaySchema = z.object({
  day: z.string().describe('YYYY-MM-DD in `zone`'),
  zone: z.string(),
  state: z.enum(REPORT_STATES),
  reason: z.string().nullable().describe('Why it failed or was skipped'),
  isPartial: z.boolean(),
  headline: z.string().nullable().describe('The day in one sentence'),
  versions: z
    .array(z.object({ version: z.number().int().positive(), files: z.array(reportFileSchema) }))
    .describe('Newest first'),
})
export type ReportDay = z.infer<typeof reportDaySchema>

/** Answer of `GET /api/v1/reports`: newest day first. */
export const reportsPageSchema = z.object({
  zone: z.string(),
  nextAtMs: epochMs.nullable().describe('When the next one is due; null: nobody makes reports here'),
  reports: z.array(reportDaySchema),
})
export type ReportsPage = z.infer<typeof reportsPageSchema>

// ---- what the status says of both

export const mailStatusSchema = z.object({
  place: z.string().describe('Where mail goes, for a person'),
  isReal: z.boolean().describe('False: mails are files in a folder, and reach nobody by themselves'),
  waiting: count,
  failed: count,
  sentToday: count,
  health: z
    .object({
      sent: count,
      failed: count,
      overdue: count.describe('Tried, and on their way for more than an hour'),
      share: z.number().min(0).max(1).nullable().describe('What did not get out; null: there was nothing'),
      isFailing: z.boolean().describe('More than 5 %, and three letters at least'),
    })
    .describe('Letters of the last 24 hours, but those that ask to confirm an address'),
  suppressedToday: count.describe('Alerts not told to somebody: muted, snoozed, over the cap and the like'),
})
export type MailStatus = z.infer<typeof mailStatusSchema>

export const reportStatusSchema = z.object({
  lastDay: z.string().nullable(),
  lastState: z.enum(REPORT_STATES).nullable(),
  nextAtMs: epochMs.nullable(),
  zone: z.string(),
})
export type ReportStatus = z.infer<typeof reportStatusSchema>
