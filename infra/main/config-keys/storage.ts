// Keys of the configuration: where the log and the history are kept.
import { z } from 'zod'
import { postgresUrl, sqlIdentifier, wholeNumber } from '../config-values.ts'
import { docs } from './docs.ts'

export const storageKeys = {
  dataDir: z.string().min(1, 'must not be empty').register(docs, {
    default: '.bct',
    says: 'Folder of the embedded log and store; each mode has one of its own inside',
    group: 'Storage',
    value: 'DIR',
  }),
  databaseUrl: postgresUrl.register(docs, {
    default: '',
    says: 'PostgreSQL to use, as postgres://user:password@host:5432/database; empty: an embedded one',
    group: 'Storage',
    value: 'URL',
    secret: true,
  }),
  dbSchema: sqlIdentifier.register(docs, {
    default: 'bct',
    says: 'Schema of the tables; in a database of your own, _simulated or _recorded follows in those modes',
    group: 'Storage',
    value: 'NAME',
  }),
  timescale: z.enum(['auto', 'on', 'off']).register(docs, {
    default: 'auto',
    says: 'Hypertables of TimescaleDB: auto where the server can, on or nothing at all, off for plain tables',
    group: 'Storage',
    value: 'auto|on|off',
  }),
  partitions: wholeNumber({ min: 1, max: 64, unit: 'partitions' }).register(docs, {
    default: '1',
    says: 'Partitions of the log; fixed when it is created',
    group: 'Storage',
    value: 'N',
  }),
  retentionDays: wholeNumber({ min: 1, max: 3_650, unit: 'days' }).register(docs, {
    default: '90',
    says: 'How long sales and windows of a minute or an hour are kept; days are kept for ever',
    group: 'Storage',
    value: 'DAYS',
  }),
}
