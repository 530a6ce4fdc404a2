/** The node-exporter beside file systems that do not answer, or take their time: FUSE mounts of the test. */
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { mountFuse, testWithFuse } from '../fuse.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { startProgram } from './program.ts'

const main = 'exporters/node/main.ts'

testWithFuse(
  'a mount that never answers is a sample, the page comes in time, SIGTERM ends it',
  async () => {
    using folder = temporaryFolder()
    const mountPoint = join(realpathSync(folder.path), 'dead')
    mkdirSync(mountPoint)
    using _ = mountFuse(mountPoint, { isDead: true })
    await using exporter = await startProgram(main, ['--collector.filesystem.mount-timeout=500ms'])
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const startMs = performance.now()
      const page = await (await fetch(`${exporter.url}/metrics`)).text()
      expect(performance.now() - startMs).toBeLessThan(8000) // it comes at all
      expect(page).toMatch(
        new RegExp(
          `^node_filesystem_device_error\\{.*device_error="mountpoint timeout",.*mountpoint="${mountPoint}"\\} 1$`,
          'm',
        ),
      )
      expect(page).toMatch(/^node_filesystem_size_bytes\{.*mountpoint="\/"\} [1-9]/m)
      expect(page).toMatch(/^node_memory_MemTotal_bytes [1-9]/m)
      expect(page).toMatch(/^node_scrape_collector_success\{collector="filesystem"\} 1$/m)
    }
    expect(await exporter.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' })
    expect(exporter.stderr()).toContain('A mount still does not answer')
  },
)

testWithFuse('a sensor that takes its time keeps only its own collector waiting', async () => {
  using folder = temporaryFolder()
  const root = realpathSync(folder.path)
  const chip = join(root, 'sys/class/hwmon/hwmon0')
  mkdirSync(chip, { recursive: true })
  mkdirSync(join(root, 'slow'))
  using _ = mountFuse(join(root, 'slow'), {
    files: { temp1_input: () => sleep(1500, '42000\n') },
  })
  writeFileSync(join(chip, 'name'), 'sensor\n')
  symlinkSync(join(root, 'slow/temp1_input'), join(chip, 'temp1_input'))
  await using exporter = await startProgram(main, [
    `--path.sysfs=${join(root, 'sys')}`,
    '--collector.disable-defaults',
    '--collector.hwmon',
    '--collector.loadavg',
  ])
  for (let scrape = 0; scrape < 2; scrape += 1) {
    const order: string[] = []
    const get = async (query: string): Promise<string> => {
      const page = await (await fetch(`${exporter.url}/metrics${query}`)).text()
      order.push(query)
      return page
    }
    const slow = get('?collect[]=hwmon')
    await sleep(300)
    expect(await get('?collect[]=loadavg')).toContain('node_load1 ')
    expect(await slow).toMatch(/^node_hwmon_temp_celsius\{.*sensor="temp1"\} 42$/m)
    expect(order).toEqual(['?collect[]=loadavg', '?collect[]=hwmon'])
  }
})
