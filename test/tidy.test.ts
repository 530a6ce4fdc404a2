/** The house rules that a linter cannot say; each failure names the cure. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectors } from '../exporters/node/collectors/index.ts'
import { deprecated } from '../exporters/node/deprecated.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'exporters/node/collectors')
const files = readdirSync(folder).filter((file) => file !== 'index.ts')

test('every collector file is listed in collectors/index.ts, in the order of the names', async () => {
  const listed = collectors.map(({ name }) => name)
  for (const file of files) {
    const module: { default?: { name?: string } } = await import(join(folder, file))
    const name = module.default?.name
    expect(name, `${file} has no default export from defineCollector: write one`).toBeTypeOf(
      'string',
    )
    expect(file, `collector ${name} is in ${file}: rename the file to ${name}.ts`).toBe(
      `${name}.ts`,
    )
    expect(listed, `${file} is not in collectors/index.ts: add its import and its name`).toContain(
      name,
    )
  }
  expect(listed, 'collectors/index.ts is not in the order of the names: sort it').toEqual(
    [...listed].sort(),
  )
  expect(new Set(listed).size, 'collectors/index.ts lists a collector twice: remove one').toBe(
    listed.length,
  )
  const index = readFileSync(join(folder, 'index.ts'), 'utf8')
  for (const name of listed) expect(index).toContain(`import ${name} from './${name}.ts'`)
})

test('no collector is among the deprecated ones that are not here', () => {
  for (const { name } of collectors) {
    expect(
      deprecated,
      `${name} is here: take it out of exporters/node/deprecated.ts`,
    ).not.toHaveProperty(name)
  }
})

test('every collector says what it is, what it shows, and its flags in words', () => {
  for (const { name, help, families, flags } of collectors) {
    expect(help, `${name}: end its help with a full stop`).toMatch(/\.$/)
    expect(families.length, `${name}: list its families`).toBeGreaterThan(0)
    for (const [flag, declaration] of Object.entries(flags)) {
      expect(flag, `${name}: write ${flag} in lower case without the prefix`).toMatch(
        /^[a-z][a-z.-]*$/,
      )
      expect(declaration.help, `${name}: end the help of ${flag} with a full stop`).toMatch(/\.$/)
    }
  }
})

test('no family belongs to two collectors, unless they say the same of it', () => {
  const owners = new Map<string, string>()
  for (const { name, families } of collectors) {
    for (const { name: family, type, help } of families) {
      const words = `${type} ${help}`
      expect(
        owners.get(family) ?? words,
        `${family} of ${name} is another's too: leave it to one, or give both the same type and help`,
      ).toBe(words)
      owners.set(family, words)
    }
  }
})

test('every collector is on the page of the exporter', () => {
  const page = readFileSync(join(root, 'docs/node-exporter.md'), 'utf8')
  for (const { name, flags } of collectors) {
    expect(page, `${name} is not in docs/node-exporter.md: add it to the table`).toContain(
      `\`${name}\``,
    )
    for (const [flag, { hidden, fullName }] of Object.entries(flags)) {
      if (hidden) continue
      const shown = fullName === undefined ? flag : `--collector.${fullName}`
      expect(page, `${shown} of ${name} is not in docs/node-exporter.md: add it`).toContain(
        `\`${shown}\``,
      )
    }
  }
})

test('every collector that can be has an expected page', () => {
  for (const { name } of collectors) {
    if (name === 'filesystem' || name === 'uname') continue // they ask the kernel
    const page = join(root, 'test/fixtures', `${name}.prom`)
    expect(existsSync(page), `${page} is missing: npm test -- -u writes it`).toBe(true)
  }
})
