// `bct topology`: the stages, topics and windows, as the code has them.
import { describeTopology, ROLLING, STAGES, TUMBLING } from '../../../processors/topology.ts'
import { TOPIC_NAMES, TOPICS } from '../../../schemas/topics.ts'
import type { CommandModule } from '../command.ts'
import { EXIT } from '../errors.ts'
import { table } from '../output.ts'

const HOUR_MS = 3_600_000
const HOURS_A_DAY = 24

function kept(retentionMs: number | null): string {
  if (retentionMs === null) return 'for ever'
  const hours = retentionMs / HOUR_MS
  return hours < HOURS_A_DAY ? `${hours} h` : `${hours / HOURS_A_DAY} d`
}

function topicsText(): string {
  const rows = TOPIC_NAMES.map(name => {
    const { holds, partitionedBy, retentionMs } = TOPICS[name]
    return [`  ${name}`, kept(retentionMs), partitionedBy, holds]
  })
  return `Topics (kept, partitioned by, hold)\n${table(rows)}`
}

export const command: CommandModule = {
  examples: [
    ['bct topology', 'the picture as tables'],
    ['bct topology --json', 'the same for programs'],
  ],
  define(command) {
    command.option('--json', 'as JSON')
  },
  async run({ output }, options) {
    if (options.json) output.json({ stages: STAGES, topics: TOPICS, tumbling: TUMBLING, rolling: ROLLING })
    else output.data(`${describeTopology()}\n${topicsText()}`)
    return EXIT.ok
  },
}
