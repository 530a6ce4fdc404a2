/** A process's own metrics: names as Go's, values as /proc tells them. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { textFormat } from '../../shared/exposition/negotiate.ts'
import { Page } from '../../shared/exposition/page.ts'
import type { Registry } from '../../shared/exposition/registry.ts'
import {
  buildInfo,
  ipExt,
  processMetrics,
  softLimit,
  virtualMemoryBytes,
} from '../../shared/process-metrics.ts'

function samples(registry: Registry): Map<string, string> {
  const text = Buffer.from(new Page().render([registry], textFormat)).toString()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), line.replace(/^.* /, '')]))
}

const program = { name: 'node_exporter', version: '1.2.3' }
const linux = process.platform === 'linux'

test('process metrics have the names of Go and of prom-client', () => {
  const names = [...samples(processMetrics(program).registry).keys()].map((n) =>
    n.replace(/\{.*/, ''),
  )
  const linuxOnly = [
    'process_max_fds',
    'process_network_receive_bytes_total',
    'process_network_transmit_bytes_total',
    'process_open_fds',
    'process_virtual_memory_bytes',
    'process_virtual_memory_max_bytes',
  ]
  const everywhere = [
    'node_exporter_build_info',
    'nodejs_external_memory_bytes',
    'nodejs_heap_size_total_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_version_info',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
  ]
  expect(names.sort()).toEqual([...everywhere, ...(linux ? linuxOnly : [])].sort())
})

test.runIf(linux)('values are those of this process, and refresh renews them', () => {
  const own = processMetrics(program)
  const before = samples(own.registry)
  const value = (name: string, from = before): number => Number(from.get(name))
  const nowSeconds = Date.now() / 1000
  expect(value('process_start_time_seconds')).toBeGreaterThan(nowSeconds - 3600)
  expect(value('process_start_time_seconds')).toBeLessThanOrEqual(nowSeconds)
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(20e6)
  expect(value('process_virtual_memory_bytes')).toBeGreaterThan(
    value('process_resident_memory_bytes'),
  )
  expect(value('process_open_fds')).toBeGreaterThan(5)
  const [, soft] = /Max open files +(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  expect(before.get('process_max_fds')).toBe(soft)
  const until = process.cpuUsage().user + 2000
  while (process.cpuUsage().user < until); // 2 ms of CPU time
  own.refresh()
  const after = samples(own.registry)
  expect(value('process_cpu_seconds_total', after)).toBeGreaterThanOrEqual(
    value('process_cpu_seconds_total') + 0.002,
  )
})

test('build info stands alone too', () => {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const labels = [
    'branch=""',
    `goarch="${arch}"`,
    `goos="${process.platform}"`,
    'goversion=""',
    `nodeversion="${process.version}"`,
    'revision=""',
    'tags=""',
    'version="1.2.3"',
  ]
  expect([...samples(buildInfo(program))]).toEqual([
    [`node_exporter_build_info{${labels.join(',')}}`, '1'],
  ])
})

function checkLimit(line: string, expected: number | undefined): void {
  expect(softLimit(`Limit   Soft Limit   Hard Limit   Units\n${line}\n`, 'Max open files')).toBe(
    expected,
  )
}

test('limits are read, unlimited is the largest uint64', () => {
  checkLimit('Max open files            1024                 524288               files     ', 1024)
  checkLimit(
    'Max open files            unlimited            unlimited            files     ',
    2 ** 64,
  )
  checkLimit(
    'Max processes             1                    1                    processes ',
    undefined,
  )
})

test('a process name with parentheses does not move the fields', () => {
  const fields = Array.from({ length: 50 }, (_, i) => (i === 20 ? '12345' : '7')).join(' ')
  expect(virtualMemoryBytes(`1 (a) b) ${fields}\n`)).toBe(12345)
  expect(virtualMemoryBytes('')).toBe(undefined)
})

test('octets are found by the name of their column', () => {
  const text = 'TcpExt: InOctets\nTcpExt: 9\nIpExt: A InOctets OutOctets\nIpExt: 1 20 300\n'
  expect(ipExt(text, 'InOctets')).toBe(20)
  expect(ipExt(text, 'OutOctets')).toBe(300)
  expect(ipExt(text, 'NoSuch')).toBe(undefined)
  expect(ipExt('', 'InOctets')).toBe(undefined)
})
