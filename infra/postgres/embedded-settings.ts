// How the embedded server is tuned for this one job, and how its refusals are told to people.
import { SetupError } from '../ports.ts'

/**
 * The log is the truth and every write carries its offset, so a commit need not wait for the disk
 * (`synchronous_commit`): after a crash the last moments are read from the log again. `fsync` and full-page
 * writes stay on: what is on disk is always whole.
 */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  // A dozen processes with some ten each, and those of killed ones until the server has noticed.
  max_connections: '200',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '32MB',
  maintenance_work_mem: '128MB',
  synchronous_commit: 'off',
  // No replica ever reads this log: the least of it, in few large pieces.
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_compression: 'on',
  max_wal_size: '1GB',
  min_wal_size: '128MB',
  checkpoint_timeout: '15min',
  // Reads are of recent, cached, time-ordered pages.
  random_page_cost: '1.1',
  jit: 'off',
  // Containers often have 64 MB of /dev/shm, which parallel plans would need.
  max_parallel_workers_per_gather: '0',
  autovacuum_naptime: '30s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // A process that dies takes its connection with it, so that leases come free.
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
}

interface KnownFailure {
  readonly said: RegExp
  readonly problem: string
  readonly fix: string
}

const OWN_SERVER = 'set BCT_DATABASE_URL to a PostgreSQL server of your own'

const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    said: /No space left on device/,
    problem: 'the disk is full',
    fix: 'free some space and start again; nothing is lost',
  },
  {
    said: /too long|Unix-domain socket path/,
    problem: 'the path of the data folder is too long for a socket',
    fix: 'choose a shorter one with --data-dir',
  },
  {
    said: /incompatible with server|was initialized by PostgreSQL version/,
    problem: 'the data folder belongs to another major version of PostgreSQL',
    fix: 'move its folder postgres away: the tables are built again from the log',
  },
  {
    said: /Permission denied|could not access directory|invalid permissions|wrong ownership/,
    problem: 'the data folder belongs to another user, or its permissions were changed',
    fix: 'check who owns it; its folder postgres/cluster needs mode 0700',
  },
  {
    said: /error while loading shared libraries|cannot execute|not found/,
    problem: 'the programs of the embedded PostgreSQL do not run on this system',
    fix: OWN_SERVER,
  },
  {
    said: /could not (resize|open|create) shared memory|Cannot allocate memory/,
    problem: 'there is too little (shared) memory for the embedded PostgreSQL',
    fix: `give the container more, or ${OWN_SERVER}`,
  },
]

/** What was wrong and what to do; where that is not known, the end of what the server said. */
export function startFailure(said: string, logFile: string): SetupError {
  const known = KNOWN_FAILURES.find(each => each.said.test(said))
  const cause = new Error(said.trim().split('\n').slice(-5).join('\n'))
  if (known !== undefined) {
    return new SetupError(`the embedded PostgreSQL did not start: ${known.problem}`, known.fix, { cause })
  }
  const last = said.trim().split('\n').at(-1) ?? ''
  const why = last === '' ? '' : `: ${last}`
  return new SetupError(`the embedded PostgreSQL did not start${why}`, `see ${logFile}, or ${OWN_SERVER}`, {
    cause,
  })
}
