// Chapter: reports over HTTP. What the archive has is read, and nothing else is.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { statusSchema } from '../../dashboard/core/api.ts'
import { type ReportsPage, reportsPageSchema } from '../../dashboard/core/api-alerts.ts'
import type { Dashboard, ReportsInfo } from '../../dashboard/server/dashboard.ts'
import { createWorld, openDashboard } from './api-kit.ts'

const DAY = 'reports/daily/2026/11/2026-11-21'
const PAGE: ReportsPage = {
  zone: 'Europe/London',
  nextAtMs: Date.UTC(2026, 10, 23, 9),
  reports: [
    {
      day: '2026-11-21',
      zone: 'Europe/London',
      state: 'sent',
      reason: null,
      isPartial: false,
      headline: '46,912 sales',
      versions: [{ version: 1, files: [{ kind: 'pdf', path: `${DAY}.v1.pdf`, bytes: 8 }] }],
    },
  ],
}

let asked: string[]
let dashboard: Dashboard

beforeEach(async () => {
  asked = []
  const reports: ReportsInfo = {
    list: async () => PAGE,
    file: async path => {
      asked.push(path)
      return path.startsWith(`${DAY}.v1.`) ? new TextEncoder().encode('<h1>21</h1>') : null
    },
    status: async () => ({
      lastDay: '2026-11-21',
      lastState: 'sent',
      nextAtMs: PAGE.nextAtMs,
      zone: PAGE.zone,
    }),
  }
  dashboard = await openDashboard(createWorld(), { reports })
})
afterEach(() => dashboard.close())

const get = (path: string): Promise<Response> => fetch(`${dashboard.url}${path}`)

test('the days are told as the archive has them, and the status knows the last and the next', async () => {
  expect(reportsPageSchema.strict().parse(await (await get('/api/v1/reports')).json())).toEqual(PAGE)
  const { report } = statusSchema.parse(await (await get('/api/v1/status')).json())
  expect(report).toEqual({
    lastDay: '2026-11-21',
    lastState: 'sent',
    nextAtMs: PAGE.nextAtMs,
    zone: PAGE.zone,
  })
})

test.each([
  ['pdf', 'application/pdf', 'inline'],
  ['html', 'text/html; charset=utf-8', 'inline'],
  ['csv', 'text/csv; charset=utf-8', 'attachment'],
  ['json', 'application/json; charset=utf-8', 'attachment'],
])('a %s comes as what it is', async (kind, type, how) => {
  const response = await get(`/reports/files/${DAY}.v1.${kind}`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe(type)
  expect(response.headers.get('content-disposition')).toBe(
    `${how}; filename="bandcamp-2026-11-21.v1.${kind}"`,
  )
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await response.text()).toBe('<h1>21</h1>')
})

test('[A27] a report as HTML runs nothing and asks for nothing', async () => {
  const policy = (await get(`/reports/files/${DAY}.v1.html`)).headers.get('content-security-policy')
  expect(policy).toMatch(/^default-src 'none'; .*; sandbox allow-popups$/)
  expect(policy).not.toContain('script')
})

test('[A28] nothing but the name of a report’s file is ever looked for', async () => {
  const paths = [
    '../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    `reports/daily/2026/11/..%2f11%2f2026-11-21.v1.pdf`,
    `reports/daily/2026/10/2026-11-21.v1.pdf`,
    `${DAY}.v1.pdf%00.html`,
    `${DAY}.v1.exe`,
    `${DAY}.v1.pdf/`,
    `${DAY}.v12345.pdf`,
    `/${DAY}.v1.pdf`,
    `${DAY}.v1.PDF`,
    'constructor',
    `${DAY}.v1.pdf%0d%0aset-cookie:x`,
    'reports%5cdaily%5c2026',
  ]
  for (const path of paths) expect([path, (await get(`/reports/files/${path}`)).status]).toEqual([path, 404])
  expect(asked).toEqual([])
  expect((await get(`/reports/files/${DAY}.v2.pdf`)).status).toBe(404)
  expect(asked).toEqual([`${DAY}.v2.pdf`])
})
