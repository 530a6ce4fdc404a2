import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCpuList } from '../../../exporters/node/cpu-topology.ts'
import { parseCpuInfo } from '../../../exporters/node/cpuinfo.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

/** A machine whose /proc/stat says something else at each scrape. */
function machineWithStat(folder: string) {
  cpSync(fakeMachine, folder, { recursive: true })
  const machine = startMachine({ root: folder, args: only('cpu') })
  return async (...lines: readonly string[]): Promise<string> => {
    writeFileSync(join(folder, 'proc/stat'), `${lines.join('\n')}\n`)
    return await machine.scrape()
  }
}

function seconds(page: string, cpu: string, mode: string): number | undefined {
  const line = `node_cpu_seconds_total{cpu="${cpu}",mode="${mode}"} `
  const at = page.indexOf(line)
  return at < 0 ? undefined : Number.parseFloat(page.slice(at + line.length))
}

test('CPU time never goes back, and goes on once it has caught up', async () => {
  using folder = temporaryFolder()
  const scrape = machineWithStat(folder.path)
  await scrape('cpu0 100 0 0 1000 50')
  const back = await scrape('cpu0 90 0 0 900 40') // one second of idle less: a kernel's hiccup
  expect([seconds(back, '0', 'user'), seconds(back, '0', 'idle')]).toEqual([1, 10])
  const later = await scrape('cpu0 110 0 0 1001 50')
  expect([seconds(later, '0', 'user'), seconds(later, '0', 'iowait')]).toEqual([1.1, 0.5])
})

test('a CPU that was replaced starts anew: its idle time fell by three seconds', async () => {
  using folder = temporaryFolder()
  const scrape = machineWithStat(folder.path)
  await scrape('cpu0 100 0 0 1000')
  const page = await scrape('cpu0 7 0 0 700')
  expect([seconds(page, '0', 'user'), seconds(page, '0', 'idle')]).toEqual([0.07, 7])
})

test('a CPU that went away is gone, and starts anew when it comes back', async () => {
  using folder = temporaryFolder()
  const scrape = machineWithStat(folder.path)
  await scrape('cpu0 100 0 0 1000', 'cpu1 100 0 0 1000')
  expect(seconds(await scrape('cpu0 100 0 0 1000'), '1', 'user')).toBeUndefined()
  const page = await scrape('cpu0 100 0 0 1000', 'cpu1 50 0 0 900')
  expect(seconds(page, '1', 'user')).toBe(0.5)
})

test('columns that an old kernel lacks are zero', async () => {
  using folder = temporaryFolder()
  const page = await machineWithStat(folder.path)('cpu0 1 2 3 4', 'intr 5')
  expect([seconds(page, '0', 'idle'), seconds(page, '0', 'steal')]).toEqual([0.04, 0])
})

test('garbage in /proc/stat is a failure that quotes the line', async () => {
  using folder = temporaryFolder()
  cpSync(fakeMachine, folder.path, { recursive: true })
  writeFileSync(join(folder.path, 'proc/stat'), 'cpu0 1 x 3 4\n')
  const machine = startMachine({ root: folder.path, args: only('cpu') })
  expect(await machine.scrape()).toContain('node_scrape_collector_success{collector="cpu"} 0')
  expect(machine.lines.at(-1)).toContain(
    String.raw`expected a number, found \"x\" in \"cpu0 1 x 3 4\"`,
  )
})

test('no CPUs in sysfs is no disaster, as it is for the original in a container', async () => {
  using folder = temporaryFolder()
  cpSync(fakeMachine, folder.path, { recursive: true })
  rmSync(join(folder.path, 'sys/devices/system/cpu'), { recursive: true })
  const page = await startMachine({ root: folder.path, args: only('cpu') }).scrape()
  expect(page).toContain('node_scrape_collector_success{collector="cpu"} 1')
  expect(page).not.toMatch(/node_cpu_(online|isolated|core_throttles)/)
})

test('online CPUs follow the mask of the kernel', async () => {
  using folder = temporaryFolder()
  cpSync(fakeMachine, folder.path, { recursive: true })
  const cpus = join(folder.path, 'sys/devices/system/cpu')
  const machine = startMachine({ root: folder.path, args: only('cpu') })
  expect(await machine.scrape()).toContain('node_cpu_online{cpu="1"} 0\n')
  writeFileSync(join(cpus, 'cpu1/online'), '1\n')
  writeFileSync(join(cpus, 'online'), '0,1\n')
  expect(await machine.scrape()).toContain('node_cpu_online{cpu="1"} 1\n')
  rmSync(join(cpus, 'cpu0/online')) // the first CPU cannot be taken out: as the original, none shown
  writeFileSync(join(cpus, 'online'), '0-1\n')
  expect(await machine.scrape()).not.toContain('node_cpu_online')
})

test('CPUs without ids, or with -1 as some boards have, show no throttling', async () => {
  using folder = temporaryFolder()
  cpSync(fakeMachine, folder.path, { recursive: true })
  const cpus = join(folder.path, 'sys/devices/system/cpu')
  writeFileSync(join(cpus, 'cpu0/topology/core_id'), '-1\n')
  rmSync(join(cpus, 'cpu1/thermal_throttle/core_throttle_count'))
  const page = await startMachine({ root: folder.path, args: only('cpu') }).scrape()
  expect(page).not.toContain('node_cpu_core_throttles_total')
  expect(page).toContain('node_cpu_package_throttles_total{package="0"} 30\n')
})

test('the clock rate of cpuinfo shows where collector cpufreq is not switched off', async () => {
  const withInfo = async (...args: readonly string[]): Promise<string> =>
    await startMachine({ root: fakeMachine, args: ['--collector.cpu.info', ...args] }).scrape(
      'collect[]=cpu',
    )
  const line = 'node_cpu_frequency_hertz{core="0",cpu="0",package="0"} 2.500125e+09\n'
  expect(await withInfo()).toContain(line)
  expect(await withInfo('--no-collector.cpufreq')).not.toContain('node_cpu_frequency_hertz')
})

function checkList(text: string, expected: readonly string[]): void {
  test(`parseCpuList reads ${JSON.stringify(text)}`, () => {
    expect(parseCpuList(text, 'isolated')).toEqual(expected)
  })
}

checkList('', [])
checkList('1,3-5,9', ['1', '3', '4', '5', '9'])
checkList('0-3:2,7', ['0', '2', '7'])
test('parseCpuList refuses what is no list', () => {
  expect(() => parseCpuList('1-', '--x')).toThrow('--x: expected a list such as 1,3-5, got "1-"')
})

/** One line a processor: processor, package, core, vendor, model name, MHz, flags. */
function checkInfo(arch: string, text: string, expected: readonly string[]): void {
  test(`parseCpuInfo reads the words of ${arch}: ${expected[0]}`, () => {
    const cpus = parseCpuInfo(text, arch)
    expect(
      cpus.map((cpu) =>
        [
          cpu.processor,
          cpu.physicalId,
          cpu.coreId,
          cpu.vendor,
          cpu.modelName,
          cpu.megahertz,
          cpu.flags.join('+'),
        ].join(' '),
      ),
    ).toEqual(expected)
  })
}

checkInfo(
  'x64',
  'processor\t: 0\nvendor_id\t: A\nmodel name\t: B\ncpu MHz\t\t: 800.5\nphysical id\t: 1\ncore id\t: 2\nflags\t\t: x y\n',
  ['0 1 2 A B 800.5 x+y'],
)
checkInfo(
  'arm',
  'processor\t: 0\nmodel name\t: ARMv7\nBogoMIPS\t: 38.4\n\nprocessor\t: 1\nmodel name\t: ARMv7\n\nFeatures\t: half thumb\n',
  ['0    ARMv7 0 half+thumb', '1    ARMv7 0 half+thumb'],
)
checkInfo(
  's390x',
  'vendor_id       : IBM/S390\nfeatures\t: esan3 zarch\nprocessor 0: version = 00,  identification = 2733E8\ncpu number      : 0\nphysical id     : 2\ncore id         : 1\ncpu MHz dynamic : 5000\n',
  ['0 2 1 IBM/S390  5000 esan3+zarch'],
)
checkInfo('ppc64', 'processor\t: 0\ncpu\t\t: POWER8\nclock\t\t: 2694.000000MHz\n', [
  '0   POWER8  2694 ',
])
checkInfo('riscv64', 'processor\t: 0\nhart\t\t: 3\nisa\t\t: rv64imafdc\n', ['0  3  rv64imafdc 0 '])
checkInfo('mipsel', 'system type\t\t: MediaTek\nprocessor\t\t: 0\n', ['0   MediaTek  0 '])

test('parseCpuInfo refuses a file without processors', () => {
  expect(() => parseCpuInfo('nothing', 'x64')).toThrow('there is no line "processor"')
})
