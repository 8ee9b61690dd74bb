// `bct config check|print|example`: what is set, where it comes from, whether it holds.
import { Argument } from 'commander'
import { addConfigFlags, type CommandContext, type CommandModule, configFlags } from '../command.ts'
import { type LoadedConfig, loadConfig, printable } from '../config.ts'
import { envExample } from '../config-example.ts'
import { CONFIG_KEYS, variableOf } from '../config-schema.ts'
import { EXIT } from '../errors.ts'
import { table } from '../output.ts'

/** In the form of `.env`, so that it can be kept; with `origin`, a column that says who set it. */
function print({ config, origins }: LoadedConfig, withOrigin: boolean): string {
  const rows = CONFIG_KEYS.map(key => {
    const line = `${variableOf(key)}=${printable(key, config)}`
    return withOrigin ? [origins[key], line] : [line]
  })
  return table(rows)
}

function printJson({ output }: CommandContext, { config, origins }: LoadedConfig, withOrigin: boolean): void {
  const entries = CONFIG_KEYS.map(key => {
    const value = typeof config[key] === 'number' ? config[key] : printable(key, config)
    return [key, withOrigin ? { value, origin: origins[key] } : value]
  })
  output.json(Object.fromEntries(entries))
}

export const command: CommandModule = {
  examples: [
    ['bct config check', 'exits 0 when all is well, 2 with every problem and its fix'],
    ['bct config print --origin', 'every setting, and whether flag, env, .env or default set it'],
    ['bct config example > .env', 'a file to fill in'],
  ],
  define(command) {
    command
      .addArgument(new Argument('<what>', 'what to do').choices(['check', 'print', 'example']))
      .option('--origin', 'with print: say where each value comes from')
      .option('--json', 'with print: as JSON')
    addConfigFlags(command)
  },
  async run(context, options, [what]) {
    if (what === 'example') {
      context.output.data(envExample().trimEnd())
      return EXIT.ok
    }
    const { env, cwd } = context.io
    const loaded = loadConfig({ flags: configFlags(options), env, cwd })
    if (what === 'check') context.output.say('the configuration holds')
    else if (options.json) printJson(context, loaded, options.origin === true)
    else context.output.data(print(loaded, options.origin === true))
    return EXIT.ok
  },
}
