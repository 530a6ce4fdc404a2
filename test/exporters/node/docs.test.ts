/**
 * The tables of docs/node-exporter.md are those of the declarations. After a collector or a flag has
 * changed, or a merge has, `npx vitest run test/exporters/node/docs.test.ts -u` writes them again.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectors } from '../../../exporters/node/collectors/index.ts'
import { collectorFlags, programFlags } from '../../../exporters/node/flags.ts'
import { parseConfigFile } from '../../../shared/config-file.ts'
import type { Flag, Flags } from '../../../shared/flags.ts'

const page = join(import.meta.dirname, '../../../docs/node-exporter.md')

test('the tables of docs/node-exporter.md are those of the declarations (-u writes them)', async () => {
  const written = readFileSync(page, 'utf8')
  const tables = withBlock(
    withBlock(written, 'collectors', collectorTable()),
    'flags',
    flagTable({ ...programFlags, ...collectorFlags(collectors) }),
  )
  await expect(tables).toMatchFileSnapshot(page)
})

test('the configuration files in docs/node-exporter.md are understood', () => {
  const declarations = { ...collectorFlags(collectors), ...programFlags }
  const examples = [...readFileSync(page, 'utf8').matchAll(/```yaml\n(.*?)```/gs)]
  expect(examples.length).toBeGreaterThan(0)
  for (const [, example = ''] of examples) {
    expect(parseConfigFile(example, page, { declarations, commandLineOnly: [] }).size).not.toBe(0)
  }
})

/** The page with what stands between the marks of a block replaced. Throws when they are not there. */
function withBlock(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: written by`, `<!-- /${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${page} lacks the marks of the block ${name}`)
  const mark = `${begin} npx vitest run test/exporters/node/docs.test.ts -u -->`
  return `${text.slice(0, from)}${mark}\n${content}${text.slice(to)}`
}

function collectorTable(): string {
  const rows = collectors.map(({ name, enabled, help, flags }) => {
    const shown = Object.entries(flags).filter(([, { hidden }]) => hidden !== true)
    const names = shown.map(([flag, { fullName }]) =>
      fullName === undefined ? `\`${flag}\`` : `\`--collector.${fullName}\``,
    )
    return [`\`${name}\`${enabled ? '' : ' (off)'}`, help.replace(/\.$/, ''), names.join(', ')]
  })
  return table(['collector', 'shows', 'flags'], rows)
}

function flagTable(flags: Flags): string {
  const shown = Object.entries(flags).filter(
    // Those that switch a collector on or off are in the other table.
    ([name, { hidden }]) =>
      hidden !== true && !collectors.some((c) => `collector.${c.name}` === name),
  )
  const rows = shown
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => [
      `\`--${flag.kind === 'boolean' ? '[no-]' : ''}${name}\``,
      defaultOf(flag),
      flag.help,
    ])
  return table(['flag', 'default', 'what it does'], rows)
}

function defaultOf({ kind, defaults }: Flag): string {
  if (kind === 'boolean') return defaults[0] === 'true' ? 'on' : 'off'
  return defaults
    .filter((text) => text !== '')
    .map((text) => `\`${text}\``)
    .join(', ')
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string =>
    `| ${row.join(' | ')} |\n`.replaceAll('|  |', '| |')
  const rule = `|${header.map(() => '---').join('|')}|\n`
  return line(header) + rule + rows.map((row) => line(row.map(escapeMarkdown))).join('')
}

/** Outside of code `*` and `<` mean something, and `|` does everywhere in a table. */
function escapeMarkdown(text: string): string {
  const parts = text.split('`')
  const escaped = parts.map((part, index) =>
    index % 2 === 0 ? part.replace(/[*<]/g, '\\$&') : part,
  )
  return escaped.join('`').replaceAll('|', '\\|')
}
