// Errors of the AWS SDK told in our terms: outages are tried again, a wrong setup is for a person, the rest
// is a bug.
import { OutageError, SetupError } from '../ports.ts'
import { pause } from '../runtime/pause.ts'

/** Where Kinesis is, for sentences. */
export interface Where {
  readonly region: string
  readonly endpoint: string | null
}

interface AwsError extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $retryable?: unknown
}

export const whereText = ({ region, endpoint }: Where): string => `Kinesis in ${endpoint ?? region}`

/** They pass by themselves. */
const PASSING =
  /^(ProvisionedThroughputExceeded|LimitExceeded|Throttling|KMSThrottling|RequestTimeout|TimeoutError|NetworkingError|InternalFailure|InternalServer|ServiceUnavailable|ResourceInUse)/
const RIGHTS = /^(AccessDenied|KMSAccessDenied|NotAuthorized)/
const LOGIN =
  /^(UnrecognizedClient|InvalidSignature|ExpiredToken|InvalidClientTokenId|MissingAuthenticationToken|IncompleteSignature|SignatureDoesNotMatch|OptInRequired)/
const NO_LOGIN = /^(CredentialsProviderError|TokenProviderError)/
const NETWORK =
  /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/

const MOST_OF_A_MESSAGE = 300
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
/** Within one call, some seconds: what lasts longer is an outage for the caller. */
const TRIES = 8
const SERVER_ERROR = 500

/** Actions that the tracker needs, as they stand in a policy. */
export const ACTIONS =
  'kinesis:CreateStream, DescribeStreamSummary, IncreaseStreamRetentionPeriod, PutRecords, GetShardIterator, GetRecords'

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

/** `OutageError`, `SetupError` with the next step, or the error itself where it is a bug. */
export function troubleOf(error: unknown, where: Where): unknown {
  if (error instanceof OutageError || error instanceof SetupError || !(error instanceof Error)) return error
  const { name, code = '', $metadata, $retryable } = error as AwsError
  const message = error.message.slice(0, MOST_OF_A_MESSAGE)
  const at = whereText(where)
  if (NO_LOGIN.test(name)) {
    return new SetupError(
      `there are no AWS credentials for ${at}: ${message}`,
      'give a role, a profile (AWS_PROFILE) or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      { cause: error },
    )
  }
  if (LOGIN.test(name)) {
    return new SetupError(
      `${at} refused the AWS credentials: ${message}`,
      'check with `aws sts get-caller-identity` whose they are and whether they have expired',
      { cause: error },
    )
  }
  if (RIGHTS.test(name)) {
    return new SetupError(`${at} does not allow this user to do it: ${message}`, `allow it ${ACTIONS}`, {
      cause: error,
    })
  }
  const isPassing =
    PASSING.test(name) || NETWORK.test(code) || ($metadata?.httpStatusCode ?? 0) >= SERVER_ERROR || $retryable
  if (!isPassing) return error
  return new OutageError(code || name, `${at} does not answer as it should: ${message}`, { cause: error })
}

/** While starting, what cannot be reached is a matter of the setup. */
export function unreachable(outage: OutageError, where: Where): SetupError {
  return new SetupError(
    `${whereText(where)} cannot be reached (${outage.code})`,
    where.endpoint === null
      ? 'check --kinesis-region, and that this machine reaches AWS'
      : 'check --kinesis-endpoint, and that something answers there',
    { cause: outage },
  )
}

/** Full jitter over a growing span: many that were throttled together do not come back together. */
export function pauseMs(failures: number): number {
  return Math.ceil(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures))
}

/** Runs `work` again while it fails for what may pass; rejects in our terms. */
export async function attempt<R>(where: Where, work: () => Promise<R>): Promise<R> {
  for (let failures = 0; ; failures++) {
    try {
      return await work()
    } catch (error) {
      const trouble = troubleOf(error, where)
      if (!(trouble instanceof OutageError) || failures + 1 >= TRIES) throw trouble
      await pause(pauseMs(failures))
    }
  }
}
