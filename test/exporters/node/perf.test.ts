import { expect, test } from 'vitest'
import { StartError } from '../../../exporters/node/collector.ts'
import type { Libc } from '../../../exporters/node/libc.ts'
import { perfAttributes, perfCount } from '../../../exporters/node/perf-events.ts'
import { fakeLibc, systemError } from './fake-libc.ts'
import { counts, perfCalls } from './fake-perf.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

function start(args: readonly string[], calls: Partial<Libc> = perfCalls(counts)) {
  const libc = fakeLibc(calls)
  return startMachine({ root: fakeMachine, args: [...only('perf'), ...args], libc })
}

/** The names of its families and the CPUs that they show. */
async function collect(args: readonly string[], calls?: Partial<Libc>) {
  const page = await start(args, calls).scrape()
  const shown = [...page.matchAll(/^(node_perf_\w+)\{cpu="(\d+)"\}/gm)]
  return {
    page,
    families: [...new Set(shown.map(([, name]) => name))],
    cpus: [...new Set(shown.map(([, , cpu]) => cpu))],
  }
}

const off = (...groups: readonly string[]): string[] =>
  groups.map((group) => `--collector.perf.disable-${group}-profilers`)

test('only the counters that are asked for, on the CPUs that are asked for', async () => {
  const { families, cpus } = await collect([
    '--collector.perf.cpus=0-4:2,7',
    '--collector.perf.hardware-profilers=CpuInstr',
    '--collector.perf.hardware-profilers=CpuCycles',
    '--collector.perf.cache-profilers=L1DataReadMiss',
    ...off('software'),
  ])
  expect(families).toEqual([
    'node_perf_cache_l1d_read_misses_total',
    'node_perf_cpucycles_total',
    'node_perf_instructions_total',
  ])
  expect(cpus).toEqual(['0', '2', '4', '7'])
})

test('a machine without counters of its CPUs shows those of the kernel, and says so once', async () => {
  const software = Object.entries(counts).filter(([event]) => event.startsWith('1:'))
  const machine = start([], perfCalls(Object.fromEntries(software)))
  const page = await machine.scrape()
  await machine.scrape()
  expect(page).toContain('node_perf_page_faults_total{cpu="1"} 61')
  expect(page).not.toContain('node_perf_cpucycles_total')
  expect(page).toContain('node_scrape_collector_success{collector="perf"} 1')
  const warnings = machine.lines.filter((line) => line.includes('level=WARN'))
  expect(warnings).toHaveLength(2)
  expect(warnings[0]).toContain('--collector.perf.disable-hardware-profilers')
  expect(warnings[1]).toContain('--collector.perf.disable-cache-profilers')
})

test('nothing to count is no data', async () => {
  const { page } = await collect(off('software'), perfCalls({}))
  expect(page).toContain('node_scrape_collector_outcome{collector="perf",outcome="no_data"} 1')
})

test('a CPU that has been taken away has no series', async () => {
  const calls = perfCalls(counts)
  const read = (fd: number, into: Uint8Array): number => (fd < 1005 ? 0 : calls.read(fd, into))
  const { cpus } = await collect(off('hardware', 'cache'), { ...calls, read })
  expect(cpus).toEqual(['1'])
})

test('an extrapolated count never falls', async () => {
  const answers = [
    [100n, 400n, 100n],
    [110n, 500n, 200n],
    [300n, 600n, 300n],
  ]
  let scrape = 0
  const read = (_fd: number, into: Uint8Array): number => {
    const numbers = BigUint64Array.from(answers[scrape] ?? [])
    into.set(new Uint8Array(numbers.buffer))
    return 24
  }
  const args = ['--collector.perf.cpus=0', '--collector.perf.hardware-profilers=CpuCycles']
  const machine = start([...args, ...off('software', 'cache')], { ...perfCalls(counts), read })
  const values: string[] = []
  for (; scrape < answers.length; scrape += 1) {
    values.push(
      /^node_perf_cpucycles_total\{cpu="0"\} (.*)$/m.exec(await machine.scrape())?.[1] ?? '',
    )
  }
  expect(values).toEqual(['400', '400', '600'])
})

function checkRefused(args: readonly string[], message: RegExp, calls?: Partial<Libc>): void {
  test(`${args.join(' ')} does not start: ${message.source}`, () => {
    expect(() => start(args, calls)).toThrow(message)
    expect(() => start(args, calls)).toThrow(StartError)
  })
}

const forbidden: Partial<Libc> = {
  perfEventOpen: () => {
    throw systemError('EACCES', 13, 'perf_event_open')
  },
}

checkRefused([], /CAP_PERFMON.*or give --collector\.perf\.disable-hardware-profilers/, forbidden)
checkRefused(off('hardware', 'cache'), /CAP_PERFMON/, forbidden)
checkRefused(off('hardware', 'cache'), /no software counter opens on CPU 0/, perfCalls({}))
checkRefused(['--collector.perf.tracepoint=sched:sched_switch'], /CAP_PERFMON/, forbidden)
checkRefused(['--collector.perf.cpus=0-'], /--collector\.perf\.cpus: expected a list/)
checkRefused(['--collector.perf.tracepoint=sched'], /expected subsystem:event, got "sched"/)
checkRefused(['--collector.perf.tracepoint=../a:b'], /expected subsystem:event/)
checkRefused(['--collector.perf.tracepoint=a:b'], /no \/.*sys\/kernel\/tracing\/events\/a\/b\/id/)
checkRefused(['--collector.perf.hardware-profilers=Cpu'], /expected one of CpuCycles, .*got "Cpu"/)

test('the attributes are the first version of the struct', () => {
  expect(perfAttributes({ type: 3, config: 65_539 }).toString('hex')).toBe(
    '0300000040000000' + // type and size
      '0300010000000000' + // config
      '0000000000000000' + // sample_period
      '0000000000000000' + // sample_type
      '0300000000000000' + // read_format
      '4000000000000000' + // exclude_hv
      '00'.repeat(16),
  )
})

function checkCount(value: bigint, enabled: bigint, running: bigint, expected: number): void {
  test(`${value} in ${running} of ${enabled} ns counts as ${expected}`, () => {
    const bytes = Buffer.alloc(24)
    bytes.writeBigUInt64LE(value, 0)
    bytes.writeBigUInt64LE(enabled, 8)
    bytes.writeBigUInt64LE(running, 16)
    expect(perfCount(bytes)).toBe(expected)
  })
}

checkCount(10n, 100n, 100n, 10)
checkCount(10n, 100n, 50n, 20)
checkCount(0n, 100n, 0n, 0)

test('collectors that a reload replaces close their counters', async () => {
  const closed: number[] = []
  const machine = start(
    [
      '--collector.perf.cpus=0-1',
      '--collector.perf.hardware-profilers=CpuInstr',
      ...off('software', 'cache'),
    ],
    { ...perfCalls(counts), close: (fd) => void closed.push(fd) },
  )
  await machine.scrape()
  expect(closed).toEqual([])
  machine.stop()
  expect(closed).toEqual([1000, 1001])
})
