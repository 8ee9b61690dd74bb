// The containers: what their files promise, checked without an engine.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { validate } from 'dockerfile-utils'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../infra/main/config.ts'
import { CONFIG_KEYS, docOf, variableOf } from '../../infra/main/config-schema.ts'
import { createMetrics } from '../../infra/system/metrics.ts'
import { STAGES } from '../../processors/topology.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly read_only?: boolean
  readonly init?: boolean
  readonly cap_drop?: readonly string[]
}

/** `${NAME:-default}` as its default, which is what a fresh checkout runs with. */
const withDefaults = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1')

const COMPOSE_TEXT = read('docker-compose.yml')
const compose = parse(withDefaults(COMPOSE_TEXT), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, null>>
}
const services = Object.entries(compose.services)
const ours = services.filter(([, service]) => service.build !== undefined)
const strangers = services.filter(([, service]) => service.build === undefined)
const DOCKERFILE = read('infra/docker/Dockerfile')

/** The variables that the image itself sets. */
const imageVariables = Object.fromEntries(
  [...DOCKERFILE.matchAll(/\b(BCT_\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
)
const stagesOf = ({ command = [] }: Service) => command[command.indexOf('--only') + 1]?.split(',') ?? []

describe('docker-compose.yml', () => {
  it('[K1] runs every stage in exactly one service, which takes its name', () => {
    const split = ours.filter(([, service]) => service.command?.includes('--only'))
    const run = split.flatMap(([, service]) => stagesOf(service))
    expect(run.toSorted()).toEqual(STAGES.map(stage => stage.name as string).toSorted())
    for (const [name, service] of split) expect(stagesOf(service)).toEqual([name])
  })

  it('[K1] gives every container of ours a configuration that holds, and no variable that we do not know', () => {
    for (const [name, { environment = {} }] of ours) {
      const texts = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, String(value)]),
      )
      const { config } = loadConfig({ env: { ...imageVariables, ...texts }, cwd: '/' })
      expect(config, name).toMatchObject({ dataDir: '/data', host: '0.0.0.0', opsPort: 9464 })
      if (name !== 'embedded') expect(config).toMatchObject({ log: 'kafka', timescale: 'on' })
    }
  })

  it('[K1] lets only those settings be changed that exist', () => {
    const known = new Set(CONFIG_KEYS.flatMap(key => [variableOf(key), `${variableOf(key)}_FILE`]))
    const named = [...COMPOSE_TEXT.matchAll(/\b(BCT_[A-Z_]+)\b/g)].map(([, name]) => name!)
    expect(named.filter(name => !known.has(name))).toEqual([])
    const defaults = [...COMPOSE_TEXT.matchAll(/\$\{(BCT_[A-Z_]+):-([^}]*)\}/g)]
    const differs = defaults.flatMap(([, name, text]) => {
      const key = CONFIG_KEYS.find(k => variableOf(k) === name)!
      return docOf(key).default === text ? [] : [`${name} ${text}`]
    })
    // Containers share their work: four partitions, one archive. Each must know the mode, not guess it.
    expect(new Set(differs)).toEqual(
      new Set(['BCT_MODE live', 'BCT_PARTITIONS 4', 'BCT_REPORT_ARCHIVE /reports']),
    )
  })

  it('[K2] pins every image, and none to a name that moves', () => {
    for (const [, { image }] of services) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-pg\d+)?$/)
    const { version } = JSON.parse(read('package.json')) as { readonly version: string }
    for (const [, { image }] of ours) expect(image).toBe(`bandcamp-tracker:${version}`)
  })

  it('[K2] publishes ports on this machine only, and none of Kafka and the database', () => {
    for (const [name, { ports = [] }] of services) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    }
    expect(compose.services.kafka?.ports).toBeUndefined()
    expect(compose.services.timescaledb?.ports).toBeUndefined()
    const published = services.filter(([name]) => name !== 'embedded').flatMap(([, s]) => s.ports ?? [])
    expect(new Set(published.map(port => port.split(':')[1])).size).toBe(published.length)
  })

  it('[K2] knows the health of every container, without a shell', () => {
    expect(DOCKERFILE).toMatch(/^HEALTHCHECK .* CMD \["node", "\/app\/healthcheck\.mjs"\]$/m)
    for (const [name, { healthcheck }] of strangers) expect(healthcheck?.test[0], name).toBe('CMD')
  })

  it('[K2] keeps our containers from writing anywhere but to their data', () => {
    for (const [name, service] of ours) {
      expect(service, name).toMatchObject({ read_only: true, init: true, cap_drop: ['ALL'] })
      const writable = [...(service.tmpfs ?? []), ...(service.volumes ?? [])].map(text =>
        /\/(tmp|data|reports)$|\/(data):uid/.exec(text)?.slice(1).find(Boolean),
      )
      const sharesReports = ['alert-mailer', 'report', 'dashboard'].includes(name)
      expect(writable.toSorted(), name).toEqual(sharesReports ? ['data', 'reports', 'tmp'] : ['data', 'tmp'])
    }
  })

  it('[K1] starts the stages when Kafka and the database are well', () => {
    for (const [name, { depends_on }] of ours) {
      if (name === 'embedded') expect(depends_on).toBeUndefined()
      else {
        const well = { condition: 'service_healthy' }
        expect(depends_on, name).toEqual({ kafka: well, timescaledb: well })
      }
    }
  })

  test('profiles are those of the documentation, and their parts are there', () => {
    expect([...new Set(services.flatMap(([, s]) => s.profiles ?? []))].toSorted()).toEqual([
      'embedded',
      'observability',
      'tools',
    ])
    const mounts = services.flatMap(([, s]) => s.volumes ?? [])
    for (const mount of mounts) {
      const source = mount.split(':')[0]!
      if (source.startsWith('./')) expect(existsSync(path.join(ROOT, source)), source).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
  })
})

describe('the image', () => {
  it('[K2] is a sound Dockerfile', () => {
    expect(validate(DOCKERFILE).map(problem => problem.message)).toEqual([])
  })

  it('[K2] is built in stages, from one pinned Node 24, and runs as its own user', () => {
    expect(DOCKERFILE).toMatch(/^ARG NODE_IMAGE=node:24\.\d+\.\d+-bookworm-slim$/m)
    const from = DOCKERFILE.match(/^FROM .*$/gm)!
    expect(from).toHaveLength(3)
    for (const line of from) expect(line).toMatch(/^FROM \$\{NODE_IMAGE\}/)
    const last = DOCKERFILE.slice(DOCKERFILE.lastIndexOf('\nFROM '))
    expect(last.match(/^USER .*$/gm)).toEqual(['USER node'])
    expect(DOCKERFILE.match(/^RUN npm (ci|install).*$/gm)).toEqual([
      'RUN npm ci --ignore-scripts',
      'RUN npm ci --ignore-scripts --omit=dev',
    ])
    expect(last).not.toMatch(/npm|--from=build \/app\/node_modules/)
  })

  it('[K2] takes nothing that .dockerignore keeps out, and lacks no folder of the sources', () => {
    const kept = read('.dockerignore')
      .match(/^!.+$/gm)!
      .map(line => line.slice(1))
    const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) =>
      from!.split(' '),
    )
    for (const file of copied) expect(kept, file).toContain(file.split('/')[0])
    const { include } = JSON.parse(read('tsconfig.build.json')) as { readonly include: readonly string[] }
    for (const folder of include) expect(copied).toContain(folder)
  })
})

describe('observability', () => {
  const metrics = createMetrics({ lagSeconds: () => null, coverage: () => null }, 'test')
  const folder = 'infra/docker/grafana/dashboards'
  const boards = readdirSync(path.join(ROOT, folder)).map(
    name =>
      JSON.parse(read(`${folder}/${name}`)) as {
        readonly panels: readonly {
          readonly title: string
          readonly targets: readonly { readonly expr: string }[]
          readonly datasource: { readonly uid: string }
        }[]
      },
  )
  const expressions = boards.flatMap(board => board.panels).flatMap(panel => panel.targets.map(t => t.expr))

  it('[K3] draws only metrics that exist', async () => {
    const known = (await metrics.registry.getMetricsAsJSON()).flatMap(({ name, type }) =>
      String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    )
    const drawn = expressions.flatMap(expr => expr.match(/\b(bct|process|nodejs)_\w+/g) ?? [])
    expect(drawn.length).toBeGreaterThanOrEqual(expressions.length)
    expect(drawn.filter(name => !known.includes(name))).toEqual([])
  })

  it('[K3] draws every metric of ours but the version', async () => {
    const names = (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name)
    const missing = names.filter(name => name.startsWith('bct_') && !expressions.some(e => e.includes(name)))
    expect(missing).toEqual(['bct_build_info'])
  })

  it('[K3] groups only by labels that exist', async () => {
    const labels = new Set(['le', 'service', 'instance'])
    for (const metric of metrics.registry.getMetricsAsArray() as unknown as { labelNames?: string[] }[]) {
      for (const label of metric.labelNames ?? []) labels.add(label)
    }
    const used = expressions
      .flatMap(e => [...e.matchAll(/by \(([^)]*)\)/g)])
      .flatMap(([, list]) => list!.split(/, */))
    expect(used.filter(label => !labels.has(label))).toEqual([])
  })

  it('[K3] measures every stage where it listens', () => {
    const prometheus = parse(read('infra/docker/prometheus/prometheus.yml')) as {
      readonly scrape_configs: readonly {
        readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[]
      }[]
    }
    const [found] = prometheus.scrape_configs[0]!.dns_sd_configs
    expect(found!.names.toSorted()).toEqual(STAGES.map(stage => stage.name as string).toSorted())
    expect(String(found!.port)).toBe(imageVariables.BCT_OPS_PORT)
    const sources = parse(read('infra/docker/grafana/provisioning/datasources/prometheus.yml')) as {
      readonly datasources: readonly { readonly uid: string; readonly url: string }[]
    }
    expect(sources.datasources[0]).toMatchObject({ uid: 'prometheus', url: 'http://prometheus:9090' })
    for (const panel of boards.flatMap(board => board.panels)) expect(panel.datasource.uid).toBe('prometheus')
  })
})
