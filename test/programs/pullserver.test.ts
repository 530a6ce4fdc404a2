import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryInstant } from '../query.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'
import { runProgram, startProgram } from './program.ts'

const main = 'pullserver/main.ts'

/** A target that answers with one counter that grows by one a scrape. */
async function startTarget(): Promise<AsyncDisposable & { address: string; scrapes(): number }> {
  let scrapes = 0
  const server = createServer((_, response) => {
    scrapes++
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(`# TYPE kept_total counter\nkept_total ${scrapes}\n`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    scrapes: () => scrapes,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function writeConfig(folder: string, target: string, interval = '1s'): string {
  const file = join(folder, 'prometheus.yml')
  writeFileSync(
    file,
    `global:\n  scrape_interval: ${interval}\nscrape_configs:\n  - job_name: kept\n    static_configs:\n      - targets: ["${target}"]\n`,
  )
  return file
}

async function countSamples(url: string): Promise<number> {
  const [sample] = await queryInstant(url, 'count_over_time(kept_total[1h])')
  return Number(sample?.value[1] ?? 0)
}

test('kill -9 and a start again keep what was stored, all but the last second', async () => {
  using folder = temporaryFolder()
  await using target = await startTarget()
  const flags = [
    `--config.file=${writeConfig(folder.path, target.address)}`,
    `--storage.tsdb.path=${join(folder.path, 'data')}`,
  ]
  const first = await startProgram(main, flags)
  await waitFor('five samples', async () => (await countSamples(first.url)) >= 5)
  const before = await countSamples(first.url)
  await first.stop('SIGKILL')
  const second = await startProgram(main, flags)
  try {
    expect(await countSamples(second.url)).toBeGreaterThanOrEqual(before - 2)
    await waitFor('more samples', async () => (await countSamples(second.url)) > before)
  } finally {
    expect(await second.stop()).toEqual({ code: 0, signal: null })
  }
}, 60_000)

test('a configuration with errors names each by file, line and column, and nothing starts', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'prometheus.yml')
  writeFileSync(
    file,
    'global:\n  scrape_interval: soon\nscrape_configs:\n  - job_name: a\n    static_config: []\n',
  )
  const { code, stderr } = await runProgram(main, [`--config.file=${file}`])
  expect(code).toBe(1)
  expect(stderr).toContain(`${file}:2:20: `)
  expect(stderr).toContain(`${file}:5:5: `)
})

test('a missing configuration is one clear line', async () => {
  const { code, stderr } = await runProgram(main, ['--config.file=/nonexistent/prometheus.yml'])
  expect(code).toBe(1)
  expect(stderr).toContain('--config.file')
})

test('a bad query tells where it is wrong', async () => {
  using folder = temporaryFolder()
  await using target = await startTarget()
  const flags = [
    `--config.file=${writeConfig(folder.path, target.address)}`,
    `--storage.tsdb.path=${join(folder.path, 'data')}`,
  ]
  await using server = await startProgram(main, flags)
  const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent('sum(up')}`)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    status: 'error',
    errorType: 'bad_data',
    error: expect.stringContaining('invalid parameter "query": 1:7: parse error:'),
  })
}, 30_000)
