// A real Apache Kafka broker for tests: KRaft, one node, free ports, a temporary folder; gone with its test.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { pause } from '../../infra/runtime/pause.ts'
import { finished, kafkaClassPath } from './kafka-jars.ts'

export interface KafkaBroker {
  /** `host:port`, as clients name it. */
  readonly brokers: readonly string[]
  /** Clean, or as a crash would; on the same ports and folder it starts again. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  start(): Promise<void>
  /** Stops it and removes everything. */
  remove(): Promise<void>
}

export interface BrokerOptions {
  /** More lines of server.properties, given the folder and free ports. */
  readonly more?: (folder: string, ports: readonly number[]) => readonly string[]
  /** Further listeners, `NAME` by name: each gets a port, and stands in `listeners`. */
  readonly listeners?: readonly string[]
  /** For the formatting of the store: users of SCRAM. */
  readonly format?: readonly string[]
}

/** Small and quick to start; a test broker never runs long enough for the better compiler. */
const JVM = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
const READY_WITHIN_MS = 120_000
const LOOK_EVERY_MS = 100

/**
 * Below what the system gives to connections: there, somebody who tries to reach a broker that is away may be
 * given its own port.
 */
const PORTS = { from: 20_000, to: 32_000 } as const

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(PORTS.from, PORTS.to)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function properties(folder: string, names: readonly string[], ports: readonly number[]): string[] {
  const [controller, ...own] = ports
  const listeners = names.map((name, i) => `${name}://127.0.0.1:${own[i]}`)
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.bootstrap.servers=127.0.0.1:${controller}`,
    `listeners=${[...listeners, `CONTROLLER://127.0.0.1:${controller}`].join(',')}`,
    `advertised.listeners=${listeners.join(',')}`,
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${names.map(name => `${name}:${name}`).join(',')}`,
    `log.dirs=${join(folder, 'data')}`,
    'auto.create.topics.enable=false',
    'offsets.topic.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    // Idle members of a closed test must not hold its removal up.
    'delete.topic.enable=true',
    'log.segment.delete.delay.ms=1000',
  ]
}

/** A broker of its own, or the one of KAFKA_BROKERS where nothing special is asked for. */
export async function startKafkaBroker(options: BrokerOptions = {}): Promise<KafkaBroker> {
  const shared = process.env.KAFKA_BROKERS
  if (shared !== undefined && Object.keys(options).length === 0) {
    const none = async (): Promise<void> => {}
    return { brokers: shared.split(','), stop: none, start: none, remove: none }
  }
  const classPath = await kafkaClassPath()
  const folder = mkdtempSync(join(tmpdir(), 'bct-kafka-'))
  const names = ['PLAINTEXT', ...(options.listeners ?? [])]
  const ports = await freePorts(names.length + 1)
  const file = join(folder, 'server.properties')
  const lines = [...properties(folder, names, ports), ...(options.more?.(folder, ports.slice(1)) ?? [])]
  writeFileSync(file, lines.join('\n'))
  const java = (main: string, args: readonly string[]) => [...JVM, '-cp', classPath, main, ...args]
  // A letter first: a dash would look like another option.
  const id = `A${randomBytes(16).toString('base64url').slice(1)}`
  const format = ['format', '-t', id, '-c', file, '--standalone', ...(options.format ?? [])]
  await finished('java', java('kafka.tools.StorageTool', format))
  const brokers = [`127.0.0.1:${ports[1]}`]
  let running: ChildProcess | null = null
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    const own = running
    running = null
    if (own !== null) await ended(own, signal)
  }
  const start = async (): Promise<void> => {
    const said = join(folder, 'said.txt')
    const out = openSync(said, 'a')
    running = spawn('java', java('kafka.Kafka', [file]), { stdio: ['ignore', out, out] })
    watch(running)
    await ready(brokers).catch(cause => {
      throw new Error(`the broker did not start: ${readFileSync(said, 'utf8').slice(-2_000)}`, { cause })
    })
  }
  await start()
  return {
    brokers,
    stop,
    start,
    remove: async () => {
      await stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A shell that waits for its input to end and kills the broker: so it goes whatever becomes of the test. */
function watch({ pid }: ChildProcess): void {
  const watcher = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watcher.unref()
}

function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}

/** Resolves when it answers; rejects after two minutes. */
async function ready(brokers: readonly string[]): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  })
  for (const endMs = performance.now() + READY_WITHIN_MS; ; ) {
    const admin = kafka.admin()
    try {
      await admin.connect()
      await admin.describeCluster()
      return
    } catch (error) {
      if (performance.now() > endMs) throw error
      await pause(LOOK_EVERY_MS)
    } finally {
      await admin.disconnect()
    }
  }
}
