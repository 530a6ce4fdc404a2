/** The node-exporter as a process that takes this machine for a FreeBSD, and so do the commands it starts. */
import { statfsSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { expect, test } from 'vitest'
import { waitFor } from '../wait.ts'
import { runProgram, startProgram } from './program.ts'

const main = 'exporters/node/main.ts'
const pretend = "Object.defineProperty(process, 'platform', { value: 'freebsd' })"
const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretend)}` }

test('another system has its collectors, and each of them works', async () => {
  await using exporter = await startProgram(main, [], { env })
  const page = await waitFor('the first answers', async () => {
    const text = await (await fetch(`${exporter.url}/metrics`)).text()
    return text.includes('node_filesystem_size_bytes') && text
  })
  const successes = [...page.matchAll(/^node_scrape_collector_success\{collector="(\w+)"\} 1$/gm)]
  expect(successes.map(([, name]) => name)).toEqual(
    'boottime cpu filesystem loadavg meminfo os textfile time uname'.split(' '),
  )
  expect(page).not.toMatch(/^node_scrape_collector_success.* 0$/m)
  expect(Number(sample(page, /^node_memory_size_bytes (.*)$/m))).toBe(totalmem())
  expect(page.match(/^node_cpu_seconds_total\{cpu="\d+",mode="interrupt"\}/gm)).toHaveLength(
    cpus().length,
  )
  const { blocks, bsize } = statfsSync('/')
  expect(Number(sample(page, /^node_filesystem_size_bytes\{.*mountpoint="\/"\} (.*)$/m))).toBe(
    blocks * bsize,
  )
})

test('what only Linux has is unknown there', async () => {
  const { code, stderr } = await runProgram(main, ['--collector.arp'], { env })
  expect(code).toBe(1)
  expect(stderr).toContain('--collector.arp')
})

test('a system that nobody has looked at is refused in one line', async () => {
  const unknown = { NODE_OPTIONS: env.NODE_OPTIONS.replace('freebsd', 'sunos') }
  const { code, stderr } = await runProgram(main, [], { env: unknown })
  expect(code).toBe(1)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toContain('no collectors for sunos')
})

function sample(page: string, pattern: RegExp): string | undefined {
  return pattern.exec(page)?.[1]
}
