// Errors of S3 told in our terms: outages are tried again, a wrong setup is for a person, the rest is a bug.
import { OutageError, SetupError } from '../ports.ts'

/** Where the archive is, for sentences. */
export interface Where {
  readonly bucket: string
  readonly endpoint: string | null
}

interface AwsError extends Error {
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $retryable?: unknown
}

const NO_LOGIN = /^(CredentialsProviderError|TokenProviderError)/
const LOGIN =
  /^(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired|NotSignedUp)/
const RIGHTS = /^(AccessDenied|AllAccessDisabled|KMS\.AccessDenied|AccountProblem)/
const REGION = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint)/
const PASSING =
  /^(SlowDown|RequestTimeout|TimeoutError|InternalError|ServiceUnavailable|ConditionalRequestConflict|OperationAborted|RequestTimeTooSkewed|NetworkingError|Throttling)/
const NETWORK =
  /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/
const FORBIDDEN = 403
const MOVED = 301
const SERVER_ERROR = 500
const MOST_OF_A_MESSAGE = 300

export const statusOf = (error: unknown): number => (error as AwsError).$metadata?.httpStatusCode ?? 0
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

/** What a wrong setup is, and the next step; null where it is none. */
function setupOf(error: AwsError, { bucket, endpoint }: Where): readonly [string, string] | null {
  const { name } = error
  const at = endpoint === null ? `s3://${bucket}` : `s3://${bucket} at ${endpoint}`
  if (NO_LOGIN.test(name)) {
    const fix = 'give a role, a profile (AWS_PROFILE) or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
    return [`there are no AWS credentials for ${at}`, fix]
  }
  if (name === 'NoSuchBucket')
    return [
      `there is no bucket ${at}`,
      `make it (aws s3 mb s3://${bucket}), or name another with --report-archive`,
    ]
  if (LOGIN.test(name)) {
    return [
      `${at} refused the AWS credentials`,
      'check with `aws sts get-caller-identity` whose they are and whether they have expired',
    ]
  }
  if (REGION.test(name) || statusOf(error) === MOVED) {
    return [`${at} is in another region`, 'name its region with --s3-region']
  }
  if (RIGHTS.test(name) || statusOf(error) === FORBIDDEN) {
    const fix = `allow it s3:PutObject and s3:GetObject on ${bucket}/* and s3:ListBucket on ${bucket}`
    return [`${at} does not allow this user to do it`, fix]
  }
  if (/Region is missing/.test(error.message))
    return [`the region of ${at} is not known`, 'name it with --s3-region']
  return null
}

/** `OutageError`, `SetupError` with the next step, or the error itself where it is a bug. */
export function troubleOf(error: unknown, where: Where): unknown {
  if (error instanceof OutageError || error instanceof SetupError || !(error instanceof Error)) return error
  const { code = '', $retryable } = error as AwsError
  const message = error.message.slice(0, MOST_OF_A_MESSAGE)
  const setup = setupOf(error, where)
  if (setup !== null) return new SetupError(`${setup[0]}: ${message}`, setup[1], { cause: error })
  const name = nameOf(error)
  const isPassing = PASSING.test(name) || NETWORK.test(code) || statusOf(error) >= SERVER_ERROR || $retryable
  if (!isPassing) return error
  const said = `s3://${where.bucket} does not answer as it should: ${message || code}`
  return new OutageError(code || name, said, { cause: error })
}
