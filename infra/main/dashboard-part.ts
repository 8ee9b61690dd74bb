// The dashboard of a running product: where it listens and what it is told.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Dashboard,
  type Delivery,
  type FeedInfo,
  type ReportsInfo,
  startDashboard,
} from '../../dashboard/server/dashboard.ts'
import { MINUTE_MS } from '../../schemas/time.ts'
import { listenSomewhere } from './listen.ts'
import { createMailer, mailStatus } from './mail-part.ts'
import { lagOfAll } from './neighbours.ts'
import { historyProgressOf, type Running } from './running.ts'

/** The feed shows a minute after its end, we look every half minute, and the windows follow at once. */
const OWN_LAG_MS = MINUTE_MS

/**
 * Starts the dashboard at the configured port, or at the next free one where nobody asked for that very port.
 */
export async function openDashboard(running: Running, reports: ReportsInfo): Promise<Dashboard> {
  const { options, choice, resources, neighbours } = running
  const { config, origins } = options.loaded
  const { system, say } = options
  const feed = (): FeedInfo => ({
    mode: choice.mode,
    modeReason: choice.modeReason,
    historyProgress: historyProgressOf(running),
    ownLagMs: OWN_LAG_MS + config.pollEveryMs,
    catchingUp: false,
  })
  const delivery = await deliveryOf(running)
  const { server, movedFrom } = await listenSomewhere({
    port: config.port,
    explicit: origins.port !== 'default',
    listen: port =>
      startDashboard({
        log: resources.log,
        history: resources.store,
        // The world's time, but frames at the pace of people.
        clock: { nowMs: () => choice.clock.nowMs(), sleep: (ms, stop) => options.clock.sleep(ms, stop) },
        telemetry: system.telemetry,
        options: {
          ...{ host: config.host, port, webDir: webDir(), allowedOrigins: config.allowedOrigins },
          ...(config.publicUrl === null ? {} : { publicUrl: config.publicUrl }),
          trustedProxies: config.trustProxy,
        },
        feed,
        alerts: resources.store.alertBook,
        delivery,
        reports,
        artwork: choice.world === null ? null : artUrl => choice.world!.coverSvg(artUrl),
        metrics: () => system.metricsText(),
        stages: async () => lagOfAll(system.snapshot().lagRecords, neighbours.others()),
      }),
  })
  if (movedFrom !== null) say(`port ${movedFrom} is taken, so another one is used`)
  return server
}

/** Where people sign up, whichever process mails. */
async function deliveryOf({ options, choice, resources }: Running): Promise<Delivery> {
  const { config } = options.loaded
  const { subscribers, outbox } = resources.store
  const { clock } = options
  // Only what it says of itself is wanted here.
  const mailer = createMailer(config, choice.mode)
  await mailer.close()
  const status = () => mailStatus(outbox, mailer, clock.nowMs())
  return { subscribers, outbox, signUp: config.signUp === 'on', clock, status }
}

/** The built page beside the compiled code; null where only the sources are there. */
function webDir(): string | null {
  const here = fileURLToPath(new URL('.', import.meta.url))
  for (const up of ['../../dashboard/web', '../../dist/dashboard/web']) {
    const dir = join(here, up)
    if (existsSync(join(dir, 'index.html')) && existsSync(join(dir, 'assets'))) return dir
  }
  return null
}
