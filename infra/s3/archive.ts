// Reports in a bucket of S3, or of what speaks as S3 does: each put once, with its SHA-256, never changed.
import { createHash } from 'node:crypto'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { ArchivedFile, ReportArchive } from '../ports.ts'
import { statusOf, troubleOf } from './trouble.ts'

export interface S3ArchiveOptions {
  readonly bucket: string
  /** Put before every path, without slashes at its ends; empty: nothing. */
  readonly prefix: string
  /** Null: as the AWS environment says. */
  readonly region: string | null
  /** Another server than AWS, or null. */
  readonly endpoint: string | null
  /** How long a request may take. */
  readonly requestTimeoutMs?: number
}

export interface S3Archive extends ReportArchive {
  close(): void
}

const CONNECT_TIMEOUT_MS = 5_000
/** A report is a megabyte or two. */
const REQUEST_TIMEOUT_MS = 30_000
/** What lasts longer is an outage for the caller, who has more patience. */
const MAX_ATTEMPTS = 3
/** Servers at an endpoint of their own seldom ask for one, but the signature needs a name. */
const ANY_REGION = 'us-east-1'
const NOT_FOUND = 404
const EXISTS = 412
const NOT_IMPLEMENTED = 501

function createClient({ region, endpoint, requestTimeoutMs }: S3ArchiveOptions): S3Client {
  return new S3Client({
    ...(region === null ? (endpoint === null ? {} : { region: ANY_REGION }) : { region }),
    // Buckets as part of the path: other servers have no name for each of theirs.
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    maxAttempts: MAX_ATTEMPTS,
    // We send a SHA-256 of our own; what the SDK adds is stored as content by servers that do not know it.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  })
}

class Bucket {
  readonly #client: S3Client
  readonly #options: S3ArchiveOptions
  /** False once the server has said that it does not know the condition. */
  #knowsConditions = true

  constructor(client: S3Client, options: S3ArchiveOptions) {
    this.#client = client
    this.#options = options
  }

  keyOf(path: string): string {
    const { prefix } = this.#options
    return prefix === '' ? path : `${prefix}/${path}`
  }

  async get(path: string): Promise<Uint8Array | null> {
    const at = { Bucket: this.#options.bucket, Key: this.keyOf(path) }
    try {
      const { Body: body } = await this.#client.send(new GetObjectCommand(at))
      return (await body?.transformToByteArray()) ?? new Uint8Array()
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return null
      throw error
    }
  }

  async #isThere(path: string): Promise<boolean> {
    const at = { Bucket: this.#options.bucket, Key: this.keyOf(path) }
    try {
      await this.#client.send(new HeadObjectCommand(at))
      return true
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return false
      throw error
    }
  }

  /** Looks first, as not every server obeys the condition; where it does, nobody comes in between. */
  async #putNew(path: string, content: Uint8Array, type: string, hash: Buffer): Promise<void> {
    if (await this.#isThere(path)) return
    const object = {
      Bucket: this.#options.bucket,
      Key: this.keyOf(path),
      Body: content,
      ContentType: type,
      ChecksumSHA256: hash.toString('base64'),
      Metadata: { sha256: hash.toString('hex') },
    }
    const condition = this.#knowsConditions ? { IfNoneMatch: '*' } : {}
    try {
      await this.#client.send(new PutObjectCommand({ ...object, ...condition }))
    } catch (error) {
      if (statusOf(error) === EXISTS) return
      if (statusOf(error) !== NOT_IMPLEMENTED || !this.#knowsConditions) throw error
      this.#knowsConditions = false
      await this.#client.send(new PutObjectCommand(object))
    }
  }

  /** What stands there afterwards is read again: only that is acknowledged. */
  async put(path: string, content: Uint8Array, type: string): Promise<ArchivedFile> {
    const hash = createHash('sha256').update(content).digest()
    await this.#putNew(path, content, type, hash)
    const there = await this.get(path)
    if (there === null || Buffer.compare(there, content) !== 0) {
      throw new Error(`${path} holds something else in s3://${this.#options.bucket}`)
    }
    return { path, bytes: content.length, sha256: hash.toString('hex') }
  }

  async list(prefix: string): Promise<readonly string[]> {
    const cut = this.keyOf('').length
    const paths: string[] = []
    let token: string | undefined
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#options.bucket,
          Prefix: this.keyOf(prefix),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      for (const { Key: key } of page.Contents ?? []) if (key !== undefined) paths.push(key.slice(cut))
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
    return paths.sort()
  }
}

/** Credentials are those of the AWS environment: variables, profile, container or instance role. */
export function createS3Archive(options: S3ArchiveOptions): S3Archive {
  const client = createClient(options)
  const bucket = new Bucket(client, options)
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw troubleOf(error, options)
    }
  }
  return {
    place: `s3://${options.bucket}${options.prefix === '' ? '' : `/${options.prefix}`}`,
    put: (path, content, type) => guarded(() => bucket.put(path, content, type)),
    get: path => guarded(() => bucket.get(path)),
    list: prefix => guarded(() => bucket.list(prefix)),
    close: () => client.destroy(),
  }
}
