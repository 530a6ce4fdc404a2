import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { testWithPeer } from '../peer.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type RunningProgram, startProgram } from './program.ts'

const root = join(import.meta.dirname, '..', '..')
const main = 'examples/custom-exporter/main.ts'
const doc = readFileSync(join(root, 'docs/custom-exporter.md'), 'utf8')
const source = readFileSync(join(root, main), 'utf8')
const blocks = Array.from(doc.matchAll(/```(\w+)\n(.*?)```/gs), ([, language, text = '']) => ({
  language,
  text,
}))
const shell = blocks.flatMap((block) =>
  block.language === 'sh' ? block.text.trim().split('\n') : [],
)
const [code = '', addition = ''] = blocks.filter((b) => b.language === 'ts').map((b) => b.text)
const outputs = blocks.filter((block) => block.language === 'text').map((block) => block.text)
const run = promisify(execFile)

function start(file = main): Promise<RunningProgram> {
  return startProgram(file, [], { env: { LISTEN: '127.0.0.1:0' } })
}

/** What the one command of the doc with this word prints, sent to the running example. */
async function runDocCommand(word: string, { url }: RunningProgram): Promise<string> {
  const [command, ...more] = shell.filter((line) => line.includes(word))
  expect(more).toEqual([])
  const here = command?.replaceAll('http://127.0.0.1:8080', url) ?? ''
  return (await run('sh', ['-c', here])).stdout
}

test('the doc shows the code of the example, and starts it', () => {
  expect(source.endsWith(code)).toBe(true)
  expect(doc).toContain('sixteen lines')
  expect(code.trim().split('\n').length).toBe(16)
  expect(shell[0]).toBe(`LISTEN=127.0.0.1:8080 node ${main}`)
})

test('the commands of the doc print what it says', async () => {
  await using shop = await start()
  expect(await runDocCommand('POST', shop)).toBe('')
  expect(await runDocCommand('-e ^shop_orders', shop)).toBe(outputs[0])
  expect(await runDocCommand('openmetrics', shop)).toBe(outputs[1])
  // Requests with two codes by now, twelve buckets each.
  expect(await runDocCommand('gunzip', shop)).toBe('24\n')
  const addressed = shell.filter((line) => line.includes('http://127.0.0.1:8080'))
  expect(addressed.length).toBe(5)
}, 30_000)

testWithPeer('promtool', 'promtool has nothing to say about the page', async () => {
  await using shop = await start()
  await runDocCommand('POST', shop)
  expect(await runDocCommand('promtool', shop)).toBe('')
})

testWithPeer('promtool', "the doc's scrape configuration is valid", async (promtool) => {
  using folder = temporaryFolder()
  const config = join(folder.path, 'prometheus.yml')
  writeFileSync(config, blocks.find((block) => block.language === 'yaml')?.text ?? '')
  expect((await run(promtool, ['check', 'config', config])).stdout).toContain('SUCCESS')
})

test('the example has a page for people, with its name', async () => {
  await using shop = await start()
  const page = await fetch(shop.url)
  expect(page.headers.get('content-type')).toBe('text/html; charset=UTF-8')
  expect(await page.text()).toContain('A web shop')
})

test("with prom-client's default metrics the first source is kept, the clash counted and told", async () => {
  // A copy with the lines that the doc adds; imports find the checkout from there.
  using folder = temporaryFolder()
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  const copy = source.replaceAll("'../../shared/", `'${root}/shared/`)
  writeFileSync(
    join(folder.path, 'main.ts'),
    copy.replace('\n// The shop', `${addition}\n// The shop`),
  )
  await using shop = await start(relative(root, join(folder.path, 'main.ts')))
  await fetch(`${shop.url}/metrics`)
  const text = await (await fetch(`${shop.url}/metrics`)).text()
  await shop.logLine(/Left off the metrics page/)
  const told = outputs[2]?.trim().split(' msg=') ?? []
  expect(told.length).toBe(2)
  for (const part of told) expect(shop.stderr()).toContain(part)
  expect(text).toContain('promhttp_metric_handler_errors_total{cause="gathering"} 1\n')
  const help = text.match(/^# HELP process_cpu_seconds_total .*$/gm)
  expect(help?.length).toBe(1)
  expect(help?.[0]).not.toContain('CPU time this process has used')
  expect(text.match(/^process_cpu_seconds_total /gm)?.length).toBe(1)
  // Of names that only one of them has, both are there.
  expect(text).toContain('\nprocess_virtual_memory_max_bytes ')
  expect(text).toContain('\nnodejs_eventloop_lag_seconds ')
})
