// How the embedded server is tuned for this one job, and how its refusals are told to people.

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

const KNOWN_FAILURES: readonly { readonly said: RegExp; readonly advice: string }[] = [
  {
    said: /No space left on device/,
    advice: 'The disk is full. Free some space and start again; nothing is lost.',
  },
  {
    said: /too long|Unix-domain socket path/,
    advice: 'The path of the data folder is too long for a socket. Choose a shorter one.',
  },
  {
    said: /incompatible with server|was initialized by PostgreSQL version/,
    advice: 'The data folder belongs to another major version. Move it away: it is built again from the log.',
  },
  {
    said: /Permission denied|could not access directory|invalid permissions|wrong ownership/,
    advice: 'The data folder belongs to another user, or its permissions were changed. It needs mode 0700.',
  },
  {
    said: /error while loading shared libraries|cannot execute|not found/,
    advice: 'The programs of the embedded PostgreSQL do not run on this system. Set DATABASE_URL instead.',
  },
  {
    said: /could not (resize|open|create) shared memory|Cannot allocate memory/,
    advice: 'There is too little (shared) memory. Give the container more, or set DATABASE_URL.',
  },
]

/** What to do, followed by the end of what the server said. */
export function explainFailure(said: string): string {
  const advice =
    KNOWN_FAILURES.find(f => f.said.test(said))?.advice ?? 'The embedded PostgreSQL did not start.'
  return `${advice}\n${said.trim().split('\n').slice(-5).join('\n')}`.trim()
}
