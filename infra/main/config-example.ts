// Writes .env.example from the schema, so that the two cannot say different things.
import { CONFIG_KEYS, docOf, variableOf } from './config-schema.ts'

const HEAD = `# Settings of Bandcamp Tracker: copy to .env and change what you need. Everything is optional.
# A flag (--port 9000) comes before the environment, that before .env, that before the defaults shown here.
# This file is generated: npm run -s bct -- config example > .env.example
`

export function envExample(): string {
  const lines = [HEAD]
  let group = ''
  for (const key of CONFIG_KEYS) {
    const doc = docOf(key)
    if (doc.group !== group) {
      group = doc.group
      lines.push(`# ---- ${group}\n`)
    }
    const secret = doc.secret ? ` May be read from the file that ${variableOf(key)}_FILE names.` : ''
    lines.push(`# ${doc.says}.${secret}`, `# ${variableOf(key)}=${doc.default}\n`)
  }
  return lines.join('\n')
}
