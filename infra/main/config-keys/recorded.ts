// Keys of the configuration: a capture of the feed that is played back.
import { z } from 'zod'
import { speedNumber } from '../config-values.ts'
import { docs } from './docs.ts'

/** Empty: null. */
const file = z
  .string()
  .refine(text => !/\p{Cc}/u.test(text), 'is not the path of a file')
  .transform(text => (text === '' ? null : text))

export const recordedKeys = {
  recording: file.clone().register(docs, {
    default: '',
    says: 'What recorded mode plays: a file that bct log export wrote of the topic feed',
    group: 'Recorded',
    value: 'FILE',
  }),
  recordingSales: file.clone().register(docs, {
    default: '',
    says: 'Where recorded mode has genres from: an export of the topic sales of the same log; empty: unknown',
    group: 'Recorded',
    value: 'FILE',
  }),
  recordedSpeed: speedNumber.clone().register(docs, {
    default: '1',
    says: 'How much faster than it was captured a recording is played',
    group: 'Recorded',
    value: 'TIMES',
  }),
}
