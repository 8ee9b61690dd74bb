// The tables as a database has them, as a page with diagrams: `docs/data-model.md` is what this gives.
import type pg from 'pg'

interface Column {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly isKey: boolean
  readonly comment: string | null
}

/** What the tables are for, in the order of the page; every table stands in one of them. */
const GROUPS: readonly {
  readonly title: string
  readonly says: string
  readonly tables: readonly string[]
  /** One row of the first belongs to many of the second, or to one at most. */
  readonly relations: readonly (readonly [string, '||--|{' | '||--o{' | '||--o|', string, string])[]
}[] = [
  {
    title: 'Sales',
    says: `One row of \`sales\` is a basket, one of \`sale_items\` a line of it: the rows that every answer can be
checked against. \`sale_hours\` counts changes, so that readers who keep hours in memory know which to read again.`,
    tables: ['sales', 'sale_items', 'artists', 'sale_hours', 'gaps'],
    relations: [
      ['sales', '||--|{', 'sale_items', 'sold_at, basket_id'],
      ['artists', '||--o{', 'sale_items', 'artist_id'],
    ],
  },
  {
    title: 'Windows',
    says: `What the stage \`windows\` fired: totals by key, of which the highest revision holds. Days of artists and
items have tables of their own, without their texts.`,
    tables: ['windows_1m', 'windows_1h', 'windows_1d', 'artist_days', 'item_days', 'artists'],
    relations: [['artists', '||--o{', 'artist_days', 'artist_id']],
  },
  {
    title: 'Progress, trouble, names',
    says: `\`stage_offsets\` changes in the transaction of the rows: that is what makes a write count once. Pages are
what item pages said; vocabulary and words are what the search finds.`,
    tables: ['stage_offsets', 'dead_letters', 'settled_letters', 'pages', 'vocabulary', 'search_words'],
    relations: [['dead_letters', '||--o|', 'settled_letters', 'id']],
  },
  {
    title: 'Alerts and who hears of them',
    says: `In no log, but for the alerts: back it up. A notice says that a subscriber is to hear of an alert by a
channel, the message that carries it stands in the outbox.`,
    tables: [],
    relations: [
      ['alerts', '||--o{', 'notices', 'alert_id'],
      ['subscribers', '||--o{', 'notices', 'subscriber_id'],
      ['outbox', '||--o{', 'notices', 'message_id'],
    ],
  },
  {
    title: 'Daily reports',
    says: 'In no log. A run is a local day; each version keeps its numbers, so that the same report can be printed again.',
    tables: ['report_runs', 'report_versions', 'report_holds'],
    relations: [['report_runs', '||--o{', 'report_versions', 'zone, day']],
  },
]

const INTRODUCTION = `The tables of one schema (\`bct\` by default), as the migrations make them: \`npm run data-model\`
writes this page, a test compares it with a real database. PK: part of the primary key. Every primary key over time
contains the time, so that the same table can be a hypertable. There are no foreign keys: writers come in any order, and
what rows mean together is said by their identities. What flows through the log is in [schemas](schemas).`

/** Its tables are those that no other group has. */
const REST = 'Alerts and who hears of them'

async function columnsOf(client: pg.ClientBase, schema: string): Promise<readonly Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       coalesce(a.attnum = ANY(i.indkey), false) AS "isKey",
       col_description(c.oid, a.attnum) AS comment
     FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
     WHERE c.relkind = 'r' AND c.relnamespace = $1::regnamespace AND c.relname NOT LIKE '%migrations'
     ORDER BY c.relname COLLATE "C", a.attnum`,
    [schema],
  )
  return rows
}

/** Mermaid takes one word for a type. */
const typeWord = (type: string): string =>
  type
    .replace('timestamp with time zone', 'timestamptz')
    .replaceAll(/[^\w[\]]+/g, '_')
    .replaceAll('[]', '_array')

function entity(table: string, columns: readonly Column[]): string {
  const lines = columns.map(({ column, type, isKey, comment }) => {
    const key = isKey ? ' PK' : ''
    return `    ${typeWord(type)} ${column}${key}${comment === null ? '' : ` "${comment.replaceAll('"', "'")}"`}`
  })
  return [`  ${table} {`, ...lines, '  }'].join('\n')
}

/** The page. Throws where a table stands in no group, or a group names one that is not there. */
export async function dataModelPage(client: pg.ClientBase, schema: string): Promise<string> {
  const columns = await columnsOf(client, schema)
  const tables = new Set(columns.map(({ table }) => table))
  const named = new Set(GROUPS.flatMap(group => group.tables))
  const gone = [...named].filter(table => !tables.has(table))
  if (gone.length > 0) throw new Error(`no such table: ${gone.join(', ')}`)
  const rest = [...tables].filter(table => !named.has(table))
  const shown = new Set<string>()
  const sections = GROUPS.map(({ title, says, tables: own, relations }) => {
    const all = title === REST ? rest : own
    // A table that two diagrams relate to has its columns in the first.
    const drawn = all.filter(table => !shown.has(table))
    for (const table of drawn) shown.add(table)
    const links = relations.map(([one, how, many, by]) => `  ${one} ${how} ${many} : "${by}"`)
    for (const [one, , many] of relations) {
      for (const table of [one, many]) if (!tables.has(table)) throw new Error(`no such table: ${table}`)
    }
    const entities = drawn.map(table =>
      entity(
        table,
        columns.filter(each => each.table === table),
      ),
    )
    return `## ${title}\n\n${says.replaceAll('\n', ' ')}\n\n\`\`\`mermaid\nerDiagram\n${[...links, ...entities].join('\n')}\n\`\`\`\n`
  })
  return `# Data model

${INTRODUCTION.replaceAll('\n', ' ')}

${sections.join('\n')}`
}
