// What a person reads about a key of the configuration, kept beside its parser.
import { z } from 'zod'

/** What a person reads about a key, and the text that stands for it when nobody says anything. */
export interface KeyDoc {
  readonly default: string
  readonly says: string
  readonly group:
    | 'Feed'
    | 'Storage'
    | 'Kafka'
    | 'Kinesis'
    | 'Windows'
    | 'Dashboard'
    | 'Simulator'
    | 'Recorded'
    | 'Mail'
    | 'Report'
  /** What a value looks like, for help: `MS`, `URL`. */
  readonly value: string
  /** Never by flag; also readable from the file that `<VARIABLE>_FILE` names; never printed. */
  readonly secret?: boolean
}

/** By parser: keys that share one take clones of it. */
export const docs = z.registry<KeyDoc>()
