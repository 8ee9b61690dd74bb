// The API's description, made from the same schemas that the page is typed with: OpenAPI 3.1.
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { FORMATS } from '../../schemas/keys.ts'
import {
  problemSchema,
  salesPageSchema,
  searchResultsSchema,
  statusSchema,
  streamMessageSchema,
  summarySchema,
  viewSchema,
} from '../core/api.ts'
import { API_PATHS, COMPARISONS, RANGES } from '../core/query.ts'
import { ALERT_ENDPOINTS, type Endpoint, SIGN_UP_ENDPOINT } from './openapi-alerts.ts'
import { CLOSE_FAILED, CLOSE_GOING_AWAY, CLOSE_TOO_SLOW, STREAM_PATH } from './stream.ts'

const problem = problemSchema.meta({ id: 'Problem' })

const filterParams = z.object({
  genre: z.string().optional().meta({ description: 'Slug of a top genre, or `unknown`', example: 'metal' }),
  artist: z.string().optional().meta({ description: "Host of an artist's page" }),
  country: z
    .string()
    .optional()
    .meta({ description: 'The buyer’s: lower-case ISO 3166-1, or `unknown`', example: 'de' }),
  format: z.enum(FORMATS).optional(),
})
const viewParams = filterParams.extend({
  range: z.enum(RANGES).optional().meta({ description: 'Ends at the watermark; 24h where absent' }),
  compare: z.enum(COMPARISONS).optional().meta({
    description: 'The period right before (absent), or the same hours of the week before',
  }),
  from: z.string().optional().meta({ description: 'UTC, for range=custom', example: '2026-11-22T14:05Z' }),
  to: z.string().optional().meta({ description: 'UTC, not included; for range=custom' }),
  tz: z.string().optional().meta({ description: 'Minutes ahead of UTC, for the hours of the heatmap' }),
})
const pageParams = filterParams.extend({
  limit: z.string().optional().meta({ description: '1 to 200, 50 where absent' }),
  before: z.string().optional().meta({ description: '`next` of the page before' }),
})
const streamParams = filterParams.extend({
  cursor: z.string().optional().meta({ description: 'Of the last message that was received' }),
  since: z.string().optional().meta({ description: 'UTC, at most a day back', example: '2026-11-22T14:05Z' }),
})
const searchParams = z.object({ q: z.string().meta({ description: 'The first letters of a name' }) })

const ENDPOINTS: readonly Endpoint[] = [
  {
    path: API_PATHS.view,
    summary: 'First paint: summary, newest sales, status, and the cursor for the socket',
    query: viewParams,
    answer: viewSchema,
  },
  { path: API_PATHS.summary, summary: 'The numbers of a view', query: viewParams, answer: summarySchema },
  { path: API_PATHS.sales, summary: 'Sold items, newest first', query: pageParams, answer: salesPageSchema },
  {
    path: API_PATHS.search,
    summary: 'Genres, artists, countries and tags by name',
    query: searchParams,
    answer: searchResultsSchema,
  },
  {
    path: API_PATHS.status,
    summary: 'Is it alive, how far behind, how much is known',
    query: z.object({}),
    answer: statusSchema,
  },
  {
    path: `${API_PATHS.export}.csv`,
    summary: 'The sales of a view, with what was asked in the first lines; text is safe for spreadsheets',
    query: viewParams,
    answer: 'text/csv',
  },
  {
    path: `${API_PATHS.export}.json`,
    summary: 'The sales of a view, with what was asked under `about`',
    query: viewParams,
    answer: 'application/json',
  },
  ...ALERT_ENDPOINTS,
]

const STREAM_TEXT = `A WebSocket: connect with \`ws://\`, one JSON text message per basket, as soon as it is in the log.
Without \`cursor\` or \`since\` it begins now; with the \`cursor\` of the last message it goes on right behind it.
Nothing is left out, and a basket may come again with \`amended: true\` when its genres are known better; go by \`id\`.
Answer pings. Close codes: ${CLOSE_TOO_SLOW} you read too slowly, come back with the last cursor; ${CLOSE_FAILED} something
failed here, the same; ${CLOSE_GOING_AWAY} the server stops.`

/** The document as JSON text would hold it; the version is the API's, not the program's. */
export function openApiDocument(): object {
  const registry = new OpenAPIRegistry()
  const refused = (description: string) => ({
    description,
    content: { 'application/json': { schema: problem } },
  })
  const refusals = {
    400: refused('A parameter is wrong: which, and what to give'),
    429: refused('Too many requests'),
    503: refused('The history does not answer just now'),
  }
  for (const { path, summary, query, answer, params } of ENDPOINTS) {
    const content =
      typeof answer === 'string'
        ? { [answer]: { schema: z.string() } }
        : { 'application/json': { schema: answer } }
    const responses = { 200: { description: summary, content }, ...refusals }
    const request = params === undefined ? { query } : { query, params }
    registry.registerPath({ method: 'get', path, summary, request, responses })
  }
  const { answer: signedUp, ...signUp } = SIGN_UP_ENDPOINT
  const accepted = { description: signUp.summary, content: { 'application/json': { schema: signedUp } } }
  registry.registerPath({ ...signUp, responses: { 202: accepted, ...refusals } })
  registry.registerPath({
    method: 'get',
    path: STREAM_PATH,
    summary: 'Every sale as it comes, for scripts (WebSocket)',
    description: STREAM_TEXT,
    request: { query: streamParams },
    responses: {
      101: {
        description: 'Each text message',
        content: { 'application/json': { schema: streamMessageSchema } },
      },
      ...refusals,
    },
  })
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Bandcamp Tracker',
      version: '1',
      description: 'Observed sales of Bandcamp’s public feed. Money is USD cents; times are epoch ms, UTC.',
    },
  })
}
