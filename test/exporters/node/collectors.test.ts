import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectors } from '../../../exporters/node/collectors/index.ts'
import { fakeObjects, startBus } from './fake-bus.ts'
import { fakeKernel } from './fake-kernel.ts'
import { fakeMachine, only, startMachine, withoutDurations } from './machine.ts'

/** What a collector needs beside the fake machine. */
const args: Readonly<Record<string, readonly string[]>> = {
  bcache: ['--collector.bcache.priorityStats'],
  pcidevice: [
    '--collector.pcidevice.names',
    `--collector.pcidevice.idsfile=${join(fakeMachine, 'pci.ids')}`,
  ],
  cpu: [
    '--collector.cpu.info',
    '--collector.cpu.info.flags-include=^a',
    '--collector.cpu.info.bugs-include=.',
  ],
  perf: ['--collector.perf.tracepoint=sched:sched_switch'],
  stat: ['--collector.stat.softirq'],
  sysctl: [
    '--collector.sysctl.include=fs.file-nr',
    '--collector.sysctl.include=fs.file-nr:allocated,free,max',
    '--collector.sysctl.include=kernel.threads-max',
    '--collector.sysctl.include-info=kernel.seccomp.actions_avail',
  ],
  systemd: [
    '--collector.systemd.enable-restarts-metrics',
    '--collector.systemd.enable-start-time-metrics',
    '--collector.systemd.enable-task-metrics',
    '--collector.systemd.unit-exclude=.+\\.slice',
  ],
  textfile: [`--collector.textfile.directory=${join(fakeMachine, 'textfiles')}`],
}

/** These ask the real machine; they have tests of their own. */
const askTheKernel = ['filesystem', 'hardware', 'uname']

for (const collector of collectors) {
  if (askTheKernel.includes(collector.name)) continue

  test(`collector ${collector.name} gives test/fixtures/${collector.name}.prom`, async () => {
    await using bus = await startBus({ objects: fakeObjects() })
    const machine = startMachine({
      root: fakeMachine,
      args: [...only(collector.name), ...(args[collector.name] ?? [])],
      libc: fakeKernel,
      systemBus: bus.address,
    })
    const page = masked(await machine.scrape())
    await expect(page).toMatchFileSnapshot(`../../fixtures/${collector.name}.prom`)
    expect(machine.lines.filter((line) => line.includes('level=ERROR'))).toEqual([])
    expect(masked(await machine.scrape())).toBe(page) // the kept state changes nothing
  })

  test(`collector ${collector.name} declares the families that it shows`, async () => {
    await using bus = await startBus({ objects: fakeObjects() })
    const machine = startMachine({
      root: fakeMachine,
      args: [...only(collector.name), ...(args[collector.name] ?? [])],
      libc: fakeKernel,
      systemBus: bus.address,
    })
    const page = await machine.scrape()
    const shown = [...page.matchAll(/^# TYPE (node_\S+) (\w+)$/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    )
    const declared = collector.families.map(({ name, type }) => {
      const pattern = name.split(/<\w+>/).map(RegExp.escape).join('\\w+')
      return new RegExp(`^${pattern} ${type === 'unknown' ? 'untyped' : type}$`)
    })
    const own = shown.filter((family) => !family.startsWith('node_scrape_collector_'))
    expect(own.filter((family) => !declared.some((pattern) => pattern.test(family)))).toEqual([])
    expect(own).not.toEqual([])
  })
}

/** Without times, paths of this machine, the age of the checkout, and what success says already. */
function masked(page: string): string {
  return withoutDurations(page)
    .replace(/^(# (?:HELP|TYPE) )?node_scrape_collector_outcome.*\n/gm, '')
    .replaceAll(fakeMachine, '')
    .replace(/^(node_time_seconds|node_textfile_mtime_seconds\{.*\}) .*/gm, '$1 MASKED')
    .replace(/^(node_time_zone_offset_seconds).*/gm, '$1 MASKED')
}
