/** The inventory of a server, from what systeminformation tells root of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hardware } from '../../../exporters/node/collectors/hardware.ts'
import type { Answers } from '../../../exporters/node/systeminformation.ts'
import { fakeMachine, only, startMachine, withoutDurations } from './machine.ts'
import { answering, type Recording } from './portable/recorded-machine.ts'

const fixtures = join(import.meta.dirname, '../../fixtures')

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2, 3, 4, 5) })
})
afterEach(() => {
  vi.useRealTimers()
})

async function page(change: (answers: Answers) => unknown, args: readonly string[] = []) {
  const recording = JSON.parse(readFileSync(join(fixtures, 'hardware.json'), 'utf8')) as Recording
  change(recording.answers as Answers)
  const machine = startMachine({
    root: fakeMachine,
    args: [...only('hardware'), ...args],
    collectors: [hardware(answering(recording))],
  })
  expect(await machine.scrape()).toContain('outcome="no_data"') // and has not waited
  await new Promise(setImmediate)
  return withoutDurations(await machine.scrape())
}

test('the inventory gives test/fixtures/hardware.prom', async () => {
  const text = await page(() => undefined, ['--collector.hardware.serials'])
  await expect(text).toMatchFileSnapshot('../../fixtures/hardware.prom')
})

/** The lines that begin with `family`, after a change to what was told. */
function check(
  what: string,
  change: (answers: Answers) => unknown,
  family: string,
  expected: readonly string[],
): void {
  test(what, async () => {
    const lines = (await page(change, ['--collector.hardware.serials'])).split('\n')
    expect(lines.filter((line) => line.startsWith(`node_hardware_${family}`))).toEqual(expected)
  })
}

check(
  'without rights: what is called a module is the memory of the machine',
  ({ memLayout }) => {
    memLayout.splice(1)
    Object.assign(memLayout[0] ?? {}, { type: '', formFactor: '', partNum: '', manufacturer: null })
  },
  'memory_module',
  [],
)
check(
  'without rights, in a container: nothing is known of the machine',
  ({ system }) =>
    Object.assign(system, {
      manufacturer: '',
      model: 'Docker Container',
      version: '',
      sku: '-',
      serial: '-',
    }),
  'system_info',
  [],
)
check(
  'words that stand for none',
  ({ system }) =>
    Object.assign(system, {
      manufacturer: 'System manufacturer',
      model: 'X',
      version: ' Default string ',
      sku: 'N/A',
    }),
  'system_info',
  ['node_hardware_system_info{manufacturer="",model="X",sku="",version=""} 1'],
)
check(
  'a label has 100 characters at most',
  ({ system }) =>
    Object.assign(system, { model: '\u{1f600}'.repeat(300), manufacturer: '', version: '' }),
  'system_info',
  [
    `node_hardware_system_info{manufacturer="",model="${'\u{1f600}'.repeat(100)}",sku="",version=""} 1`,
  ],
)
check(
  'a speed that is only in the name of the processor',
  ({ cpu }) => Object.assign(cpu, { speed: 2.85, speedMin: 2.85, speedMax: 2.85 }),
  'cpu_max_speed',
  [],
)
check(
  'numbers that JSON could not carry',
  ({ cpu }) =>
    Object.assign(cpu, { processors: null, physicalCores: null, cores: null, speedMax: null }),
  'cpu_',
  [
    'node_hardware_cpu_info{brand="EPYC 7443P 24-Core Processor",family="25",manufacturer="AMD",model="1",socket="SP3",stepping="1"} 1',
  ],
)
check(
  'disks without a name',
  ({ diskLayout }) => {
    diskLayout.splice(2)
    for (const disk of diskLayout) disk.device = ''
  },
  'disk_size',
  [
    'node_hardware_disk_size_bytes{device="0"} 1.920383410176e+12',
    'node_hardware_disk_size_bytes{device="1"} 1.6000900661248e+13',
  ],
)
