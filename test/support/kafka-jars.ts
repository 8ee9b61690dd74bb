// The jars of the Kafka broker for tests: fetched by Maven once for each version of the POM, then kept.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const POM = join(ROOT, 'infra/kafka/test-broker/pom.xml')

const jarsFolder = (): string => {
  const hash = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12)
  return join(ROOT, 'node_modules/.cache/kafka-broker', hash)
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Null where the Kafka suites can run here; else what to do about it. */
export function missingForKafka(): string | null {
  if (process.env.KAFKA_BROKERS !== undefined) return null
  if (isOnPath('java') && (isOnPath('mvn') || existsSync(jarsFolder()))) return null
  return 'install JDK 17 or newer and Maven (apt install openjdk-17-jdk-headless maven), or set KAFKA_BROKERS'
}

/** The class path of the broker; the first time Maven needs half a minute. */
export async function kafkaClassPath(): Promise<string> {
  const folder = jarsFolder()
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`
    mkdirSync(draft, { recursive: true })
    const args = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${draft}`]
    await finished('mvn', args)
    try {
      renameSync(draft, folder)
    } catch (error) {
      // Another test file was faster.
      rmSync(draft, { recursive: true, force: true })
      if (!existsSync(folder)) throw error
    }
  }
  return join(folder, '*')
}

/** Resolves when the program ends well; else rejects with what it said. */
export function finished(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ended with code ${code}: ${said.slice(-2_000)}`))
    })
  })
}
