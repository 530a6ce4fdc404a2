import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Call } from '../pushgateway/http-cases.ts'
import { send } from '../pushgateway/run-http-case.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { runProgram, startProgram } from './program.ts'

const main = 'pushgateway/main.ts'

async function page(url: string): Promise<string[]> {
  const { status, body } = await send(url, ['GET', '/metrics'])
  expect(status).toBe(200)
  return body.split('\n').filter((line) => /^x\{|^push_/.test(line))
}

/** Pushes over several connections, until the gateway is gone; gives the jobs that were answered 200. */
async function pushUntilGone(url: string, connections: number): Promise<Set<string>> {
  const acknowledged = new Set<string>()
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  let next = 0
  const pushOneByOne = async (): Promise<void> => {
    for (;;) {
      const job = `job${next++}`
      const status = await put(url, agent, job).catch(() => undefined)
      if (status === undefined) return
      expect(status).toBe(200)
      acknowledged.add(job)
    }
  }
  await Promise.all(Array.from({ length: connections }, pushOneByOne))
  agent.destroy()
  return acknowledged
}

function put(url: string, agent: http.Agent, job: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `${url}/metrics/job/${job}`
    const request = http.request(path, { method: 'PUT', agent }, (response) => {
      response.on('error', reject)
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
    request.end(`x ${job.slice(3)}\n`)
  })
}

test.each(['always', 'never'])(
  'after kill -9 nothing that was acknowledged is lost (sync %s)',
  async (sync) => {
    using folder = temporaryFolder()
    const args = [`--persistence.file=${join(folder.path, 'state')}`, `--persistence.sync=${sync}`]
    const first = await startProgram(main, args)
    setTimeout(() => process.kill(first.pid, 'SIGKILL'), 700)
    const acknowledged = await pushUntilGone(first.url, 16)
    expect((await first.exited).signal).toBe('SIGKILL')
    expect(acknowledged.size).toBeGreaterThan(100)
    await using second = await startProgram(main, args)
    const lines = new Set(await page(second.url))
    for (const job of acknowledged) {
      expect(lines).toContain(`x{instance="",job="${job}"} ${job.slice(3)}`)
    }
  },
  30_000,
)

test('a stop and a start change nothing', async () => {
  using folder = temporaryFolder()
  const args = [`--persistence.file=${join(folder.path, 'state')}`]
  const first = await startProgram(main, args)
  await send(first.url, ['PUT', '/metrics/job/a', 'x 1\n'])
  await send(first.url, ['PUT', '/metrics/job/b', 'x 1 1\n'])
  await send(first.url, ['PUT', '/metrics/job/c', 'x 1\n'])
  await send(first.url, ['DELETE', '/metrics/job/c'])
  const before = await page(first.url)
  expect(before).toHaveLength(5)
  expect(await first.stop()).toEqual({ code: 0, signal: null })
  await using second = await startProgram(main, args)
  expect(await page(second.url)).toEqual(before)
})

test('a time to live goes on after kill -9, counted from the push', async () => {
  using folder = temporaryFolder()
  const args = [`--persistence.file=${join(folder.path, 'state')}`, '--push.ttl=1h']
  const first = await startProgram(main, args)
  expect((await send(first.url, ['PUT', '/metrics/job/a?ttl=1s', 'x 1\n'])).status).toBe(200)
  expect((await send(first.url, ['PUT', '/metrics/job/b', 'x 2\n'])).status).toBe(200)
  expect((await send(first.url, ['PUT', '/metrics/job/c?ttl=1', 'x 3\n'])).status).toBe(400)
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  await new Promise((resolve) => setTimeout(resolve, 1000))
  for (const expired of [1, 0]) {
    const again = await startProgram(main, args)
    const { body } = await send(again.url, ['GET', '/metrics'])
    expect(body.match(/^x\{.*/gm)).toEqual(['x{instance="",job="b"} 2'])
    expect(body).toContain(`\npushgateway_groups_expired_total ${expired}\n`)
    const { data } = JSON.parse((await send(again.url, ['GET', '/api/v1/groups/job/b'])).body)
    expect(data.expires_ms).toBe(data.pushed_ms + 3_600_000)
    process.kill(again.pid, 'SIGKILL')
    await again.exited
  }
})

test('a group goes while the gateway runs, and its push time stays where a flag says so', async () => {
  await using gateway = await startProgram(main, ['--push.ttl.keep-push-time=1h'])
  await send(gateway.url, ['PUT', '/metrics/job/a?ttl=100ms', 'x 1\n'])
  const shown = async () => (await page(gateway.url)).map((line) => line.replace(/ .*/, ''))
  await expect
    .poll(shown, { timeout: 10_000 })
    .toEqual([
      'push_failure_time_seconds{instance="",job="a"}',
      'push_time_seconds{instance="",job="a"}',
    ])
})

test('a disk that takes no more refuses pushes with the reason, and all else goes on', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'state')
  const args = [`--persistence.file=${path}`]
  const first = await startProgram(main, args)
  expect((await send(first.url, ['PUT', '/metrics/job/a', 'x 1\n'])).status).toBe(200)
  const before = await page(first.url)
  const { size } = statSync(path)
  // A limit on the size of files fails writes as a full disk does, after it took what fits.
  const limit = (bytes: string) => {
    execFileSync('/usr/bin/prlimit', [`--pid=${first.pid}`, `--fsize=${bytes}:`])
  }
  limit(String(size + 10))
  const calls: Call[] = [
    ['PUT', '/metrics/job/b', 'x 2\n'],
    ['DELETE', '/metrics/job/a'],
    ['DELETE', '/api/v1/groups?match[]={job=~".*a"}'],
  ]
  for (const call of calls) {
    const answer = await send(first.url, call)
    expect(answer, call.join(' ')).toMatchObject({ status: 503 })
    expect(answer.body).toMatch(/^nothing was stored: cannot write to ".*": EFBIG: file too large/)
  }
  expect((await send(first.url, ['GET', '/-/healthy'])).status).toBe(200)
  const ready = await send(first.url, ['GET', '/-/ready'])
  expect(ready.status).toBe(500)
  expect(ready.body).toContain('EFBIG')
  expect(await page(first.url)).toEqual(before)
  expect(statSync(path).size).toBe(size)
  limit('unlimited')
  expect((await send(first.url, ['PUT', '/metrics/job/c', 'x 3\n'])).status).toBe(200)
  expect((await send(first.url, ['GET', '/-/ready'])).status).toBe(200)
  const after = await page(first.url)
  await first.stop()
  await using second = await startProgram(main, args)
  expect(await page(second.url)).toEqual(after)
  expect(second.stderr()).not.toContain('level=WARN')
})

const unusable: [content: string | undefined, reason: RegExp][] = [
  ['hello', /cannot use --persistence.file=.*it is no journal of this program/],
  [
    '\x2c\xff\x81MetricGroup',
    /cannot use --persistence.file=.*by the Go Pushgateway and is damaged: .*nothing was changed/,
  ],
  [undefined, /cannot use --persistence.file=.*EISDIR/],
]

test.each(unusable)('does not start on a persistence file of %j', async (content, reason) => {
  using folder = temporaryFolder()
  const path = content === undefined ? folder.path : join(folder.path, 'state')
  if (content !== undefined) writeFileSync(path, content, 'latin1')
  const { code, stderr } = await runProgram(main, [`--persistence.file=${path}`])
  expect(code).toBe(1)
  expect(stderr).toMatch(reason)
  expect(stderr.trim().split('\n')).toHaveLength(2)
  if (content !== undefined) expect(readFileSync(path, 'latin1')).toBe(content)
})

test('two gateways do not write to one file', async () => {
  using folder = temporaryFolder()
  const args = [`--persistence.file=${join(folder.path, 'state')}`]
  await using first = await startProgram(main, args)
  const { code, stderr } = await runProgram(main, ['--web.listen-address=127.0.0.1:0', ...args])
  expect(code).toBe(1)
  expect(stderr).toContain('another gateway uses it')
  expect((await send(first.url, ['PUT', '/metrics/job/a', 'x 1\n'])).status).toBe(200)
})

test('groups that were deleted by a selector stay deleted after kill -9', async () => {
  using folder = temporaryFolder()
  const args = [`--persistence.file=${join(folder.path, 'state')}`]
  const first = await startProgram(main, args)
  for (const job of ['a', 'b', 'c']) await send(first.url, ['PUT', `/metrics/job/${job}`, 'x 1\n'])
  const before = await page(first.url)
  const select = '/api/v1/groups?match[]={job=~"a|b"}'
  const dry = await send(first.url, ['DELETE', `${select}&dry_run=true`])
  expect(JSON.parse(dry.body).data.count).toBe(2)
  expect(await page(first.url)).toEqual(before)
  const answer = await send(first.url, ['DELETE', select])
  expect(JSON.parse(answer.body).data.count).toBe(2)
  expect(await first.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
  await using second = await startProgram(main, args)
  expect(await page(second.url)).toEqual(before.filter((line) => line.includes('job="c"')))
})
