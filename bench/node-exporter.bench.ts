/** One scrape of the node-exporter as a function: the real machine in, the bytes of the page out. */
import { test } from 'vitest'
import { collectors } from '../exporters/node/collectors/index.ts'
import { Exporter } from '../exporters/node/exporter.ts'
import { collectorFlags, programFlags } from '../exporters/node/flags.ts'
import { Host } from '../exporters/node/host.ts'
import { textFormat } from '../shared/exposition/negotiate.ts'
import { Page } from '../shared/exposition/page.ts'
import { readFlags } from '../shared/flags.ts'
import { createLog } from '../shared/log.ts'
import { processMetrics } from '../shared/process-metrics.ts'

const program = { name: 'node_exporter', description: '', version: '0' }
const flags = readFlags(program, { ...collectorFlags(collectors), ...programFlags }, [], {})
if (typeof flags === 'string') throw new Error('no arguments ask for no text')
const exporter = new Exporter({
  collectors,
  flags,
  host: new Host({ procfs: '/proc', sysfs: '/sys', rootfs: '/', udevData: '/run/udev/data' }),
  log: createLog({ level: 'error', format: 'logfmt' }),
  timeoutMs: 5000,
  own: processMetrics(program),
})
const page = new Page()
const { signal } = new AbortController()

/** Gathers synchronously: no mount of this machine is asked in the thread pool. */
function scrape(query: string): number {
  const registries = exporter.gather(new URLSearchParams(query), signal)
  if (registries instanceof Promise) throw new Error('a mount is slow here: exclude filesystem')
  return page.render(registries, textFormat).length
}

test('a scrape of all collectors', async ({ bench }) => {
  await bench('all collectors', () => scrape('')).run()
})

for (const { name } of collectors) {
  test(`a scrape of collector ${name}`, async ({ bench }) => {
    await bench(name, () => scrape(`collect[]=${name}`)).run()
  })
}
