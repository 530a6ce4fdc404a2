/** The inventory of this machine by a real process, and what hosts that do not want it pay: nothing. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { hangingCommand } from '../hanging-command.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'
import { startProgram } from './program.ts'

const main = 'exporters/node/main.ts'
const only = ['--collector.disable-defaults', '--collector.loadavg']

/** Writes down whatever a process imports or requires, packages and Node's own modules included. */
function tracer(folder: string): { env: Record<string, string>; loaded(): string[] } {
  const list = join(folder, 'loaded')
  const hooks = join(folder, 'hooks.mjs')
  const write = `appendFileSync(${JSON.stringify(list)}, url + '\\n')`
  writeFileSync(
    hooks,
    `import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) { ${write}; return next(url, context) } })
`,
  )
  return {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(hooks).href}` },
    loaded: () => readFileSync(list, 'utf8').split('\n'),
  }
}

const optional = /systeminformation|\/portable\//

test('without the inventory nothing of it is loaded, nor of other systems', async () => {
  using folder = temporaryFolder()
  const { env, loaded } = tracer(folder.path)
  await using exporter = await startProgram(main, [], { env })
  expect((await fetch(`${exporter.url}/metrics`)).status).toBe(200)
  const files = loaded()
  expect(files.some((url) => url.endsWith('/exporters/node/collectors/hardware.ts'))).toBe(true)
  expect(files.filter((url) => optional.test(url))).toEqual([])
})

test('with it the package is loaded by a process of its own, and the scrape does not wait', async () => {
  using folder = temporaryFolder()
  const { env, loaded } = tracer(folder.path)
  await using exporter = await startProgram(main, [...only, '--collector.hardware'], { env })
  const scrape = async (): Promise<string> => await (await fetch(`${exporter.url}/metrics`)).text()
  const threads = await waitFor(
    'the inventory',
    async () => /^node_hardware_cpu_threads (\d+)$/m.exec(await scrape())?.[1],
  )
  expect(Number(threads)).toBe(cpus().length)
  expect(await scrape()).toContain('node_scrape_collector_success{collector="hardware"} 1\n')
  expect(loaded().some((url) => url.includes('/node_modules/systeminformation/'))).toBe(true)
})

test('a command that hangs ends with the exporter', async () => {
  using lscpu = hangingCommand('lscpu')
  await using exporter = await startProgram(main, [...only, '--collector.hardware'], {
    env: { PATH: lscpu.path },
  })
  await waitFor('the command', () => lscpu.running() > 0)
  expect(await exporter.stop()).toEqual({ code: 0, signal: null })
  await waitFor('its end', () => lscpu.running() === 0)
})
