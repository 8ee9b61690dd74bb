// The API's description of alerts, signing up and reports.
import { z } from 'zod'
import { SEVERITIES } from '../../schemas/alerts.ts'
import { FORMATS } from '../../schemas/keys.ts'
import { FOLLOWED_KINDS } from '../../schemas/subscriptions.ts'
import {
  alertsPageSchema,
  apiAlertSchema,
  reportsPageSchema,
  signUpAnswerSchema,
  signUpSchema,
} from '../core/api-alerts.ts'
import { API_PATHS } from '../core/query.ts'

export interface Endpoint {
  readonly path: string
  readonly summary: string
  readonly query: z.ZodObject
  /** A text of that type, or JSON of the schema. */
  readonly answer: z.ZodType | string
  /** Parts of the path in braces. */
  readonly params?: z.ZodObject
}

const minSeverity = z.enum(SEVERITIES).optional().meta({ description: 'This and above; info where absent' })
const alertParams = z.object({
  from: z.string().optional().meta({ description: 'Opened at or after, UTC', example: '2026-11-22T14:05Z' }),
  to: z.string().optional().meta({ description: 'Opened before, UTC; `next` of the page before' }),
  key: z.string().optional().meta({ example: 'genre:techno' }),
  kind: z.enum(FOLLOWED_KINDS).optional().meta({ description: 'Those of the whole market included' }),
  minSeverity,
  open: z.enum(['true', 'false']).optional().meta({ description: 'true: those that are not over' }),
  limit: z.string().optional().meta({ description: '1 to 200, 50 where absent; of the CSV 1 to 1,000' }),
})
const feedParams = z.object({
  genre: z.string().optional(),
  artist: z.string().optional(),
  country: z.string().optional(),
  tag: z.string().optional(),
  format: z.enum(FORMATS).optional(),
  kind: z.enum(FOLLOWED_KINDS).optional().meta({ description: 'Those of the whole market included' }),
  minSeverity,
})

export const ALERT_ENDPOINTS: readonly Endpoint[] = [
  {
    path: API_PATHS.alerts,
    summary: 'Alerts, newest opened first',
    query: alertParams,
    answer: alertsPageSchema,
  },
  {
    path: `${API_PATHS.alerts}/{id}`,
    summary: 'One alert, with everything that explains it',
    query: z.object({}),
    params: z.object({ id: z.string().meta({ example: '00c0ffee00c0ffee' }) }),
    answer: apiAlertSchema,
  },
  {
    path: `${API_PATHS.alerts}.csv`,
    summary: 'Alerts as a table; text is safe for spreadsheets',
    query: alertParams,
    answer: 'text/csv',
  },
  {
    path: API_PATHS.alertsFeed,
    summary: 'Alerts as an Atom feed: any of the keys, or all where none is given',
    query: feedParams,
    answer: 'application/atom+xml',
  },
  {
    path: API_PATHS.reports,
    summary: 'The daily reports: days, states, versions and files',
    query: z.object({}),
    answer: reportsPageSchema,
  },
  {
    path: `${API_PATHS.reportFiles}/{path}`,
    summary: 'A file of a report, by its path in the list',
    query: z.object({}),
    params: z.object({ path: z.string().meta({ example: 'reports/daily/2026/11/2026-11-21.v1.pdf' }) }),
    answer: 'application/pdf',
  },
]

const body = { 'application/json': { schema: signUpSchema } }

/** The one thing that can be posted. */
export const SIGN_UP_ENDPOINT = {
  method: 'post',
  path: API_PATHS.subscriptions,
  summary: 'Ask for mails: the address gets one with a link, and nothing else before it is followed',
  description:
    'The answer is the same whether or not the address is known. A browser must send it from our own page. 404 where signing up is off.',
  request: { body: { content: body } },
  answer: signUpAnswerSchema,
} as const
