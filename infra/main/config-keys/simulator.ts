// Keys of the configuration: the built-in world.
import { seedNumber, speedNumber, volumeNumber, wholeNumber } from '../config-values.ts'
import { docs } from './docs.ts'

export const simulatorKeys = {
  simulatorSeed: seedNumber.register(docs, {
    default: '1',
    says: 'The same seed gives the same world',
    group: 'Simulator',
    value: 'N',
  }),
  simulatorSpeed: speedNumber.clone().register(docs, {
    default: '1',
    says: 'How much faster than real time the simulated world runs',
    group: 'Simulator',
    value: 'TIMES',
  }),
  simulatorVolume: volumeNumber.register(docs, {
    default: '1',
    says: 'How many times as much is sold in the simulated world as on Bandcamp',
    group: 'Simulator',
    value: 'TIMES',
  }),
  simulatorHistoryDays: wholeNumber({ min: 0, max: 90, unit: 'days' }).register(docs, {
    default: '7',
    says: 'Days of history written when a simulated store is new',
    group: 'Simulator',
    value: 'DAYS',
  }),
}
