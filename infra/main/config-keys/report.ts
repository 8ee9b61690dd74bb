// Keys of the configuration: the daily report.
import { z } from 'zod'
import { baseUrl } from '../config-values.ts'
import { docs } from './docs.ts'

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const orNull = (pattern: RegExp, error: string) =>
  z
    .string()
    .regex(pattern, error)
    .transform(text => (text === '' ? null : text))

export const reportKeys = {
  reportZone: z.string().refine(isZone, 'is not a time zone such as Europe/London').register(docs, {
    default: 'UTC',
    says: 'Time zone of the report: its day begins there, and its hour is there',
    group: 'Report',
    value: 'ZONE',
  }),
  reportAt: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day such as 09:00')
    .register(docs, {
      default: '09:00',
      says: 'When the report of yesterday goes out',
      group: 'Report',
      value: 'HH:MM',
    }),
  reportPaper: z.enum(['A4', 'Letter']).register(docs, {
    default: 'A4',
    says: 'Paper of the report',
    group: 'Report',
    value: 'A4|Letter',
  }),
  reportArchive: orNull(
    /^$|^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/\P{Cc}*)?$|^(?!s3:)\P{Cc}+$/u,
    'is not a folder or s3://bucket/prefix',
  ).register(docs, {
    default: '',
    says: 'Where reports are kept: a folder or s3://bucket/prefix; empty: a folder in the data folder',
    group: 'Report',
    value: 'DIR|S3',
  }),
  s3Endpoint: z.union([z.literal('').transform(() => null), baseUrl]).register(docs, {
    default: '',
    says: 'Another server that speaks S3; empty: AWS',
    group: 'Report',
    value: 'URL',
  }),
  s3Region: orNull(/^$|^[a-z0-9-]{1,40}$/, 'is not a region such as eu-central-1').register(docs, {
    default: '',
    says: 'Region of the bucket; empty: as the AWS environment says',
    group: 'Report',
    value: 'REGION',
  }),
  chromiumPath: orNull(/^\P{Cc}*$/u, 'must be one line').register(docs, {
    default: '',
    says: 'Chrome or Chromium that prints the report; empty: the one that is found',
    group: 'Report',
    value: 'FILE',
  }),
}
