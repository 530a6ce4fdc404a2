import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'
import { runProgram, startProgram } from './program.ts'

const root = join(import.meta.dirname, '..', '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const run = promisify(execFile)

/** The README's shell lines that mention a text. */
function commands(mentioning: string): string[] {
  const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block ?? '')
  return blocks.flatMap((block) => block.trim().split('\n')).filter((c) => c.includes(mentioning))
}

test("the README's push arrives, and its query finds it", async () => {
  using folder = temporaryFolder()
  await using gateway = await startProgram('pushgateway/main.ts')
  const config = join(folder.path, 'prometheus.yml')
  writeFileSync(
    config,
    `global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: pushgateway\n    honor_labels: true\n    static_configs:\n      - targets: ["${new URL(gateway.url).host}"]\n`,
  )
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder.path, 'data')}`]
  await using server = await startProgram('pullserver/main.ts', flags)
  const here = (command: string) =>
    command
      .replace('http://127.0.0.1:9091', gateway.url)
      .replace('http://127.0.0.1:9090', server.url)
  const [push, ...morePushes] = commands('--data-binary')
  const [query, ...moreQueries] = commands('/api/v1/query')
  expect([morePushes, moreQueries]).toEqual([[], []])
  await run('sh', ['-c', here(push ?? '')])
  await waitFor('the answer that the README promises', async () => {
    const { stdout } = await run('sh', ['-c', here(query ?? '')])
    return stdout.includes('"job":"backup"') && stdout.includes('"42"')
  })
}, 60_000)

test('every npm script that the README names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = [...readme.matchAll(/npm (?:run ([\w:]+)|(start|test))/g)].map((m) => m[1] ?? m[2])
  expect(named.length).toBeGreaterThan(4)
  for (const name of named) expect(scripts).toHaveProperty(name ?? '')
})

test('every file that the README links to is there', () => {
  const links = [...readme.matchAll(/\]\(([^):]+)\)/g)].map(([, link]) => link ?? '')
  expect(links.length).toBeGreaterThan(2)
  for (const link of links) expect(existsSync(join(root, link)), link).toBe(true)
})

test('every program that the README starts knows --help and --version', async () => {
  const mains = [...readme.matchAll(/`node (\S+main\.ts)`/g)].map(([, main]) => main ?? '')
  expect(mains.length).toBe(4)
  for (const main of mains) {
    const help = await runProgram(main, ['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('--web.listen-address')
    expect(await runProgram(main, ['--version'])).toMatchObject({ code: 0, stderr: '' })
  }
}, 60_000)
