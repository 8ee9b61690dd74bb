// The connection to Kinesis: region, endpoint, and bounds on what a request may take.
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Where } from './trouble.ts'

/** A start is to say within ten seconds that nobody answers. */
const CONNECT_TIMEOUT_MS = 2_000
/** Kinesis answers within tens of milliseconds; a request of some megabytes takes longer. */
const REQUEST_TIMEOUT_MS = 8_000
/** Clocks that differ are corrected at a second try; all other patience is ours, and is told. */
const MAX_ATTEMPTS = 2

/** Credentials are those of the AWS environment: variables, profile, container or instance role. */
export function createClient({ region, endpoint }: Where): KinesisClient {
  return new KinesisClient({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    maxAttempts: MAX_ATTEMPTS,
    // HTTP/1.1: emulators speak nothing else, and so production runs what the tests do.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  })
}
