/** The file of Debian's Pushgateway becomes ours, and what ours cannot keep stays in it. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { encode } from '../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { peer, testWithPeer } from '../peer.ts'
import { runProgram, startProgram } from '../programs/program.ts'
import { family, goFile, pushTimes } from '../pushgateway/go-file.ts'
import type { Call } from '../pushgateway/http-cases.ts'
import { send } from '../pushgateway/run-http-case.ts'
import { protobuf } from '../shared/exposition/protobuf.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { startOriginal } from './original-pushgateway.ts'

const exemplar = { labels: [{ name: 'id', value: '1' }], value: 0.5, timestampNs: 5_000_000_000n }
const counter: MetricFamily = {
  name: 'p_total',
  help: 'in protobuf',
  type: 'counter',
  metrics: [{ labels: [], value: 3, exemplar }],
}
const contentType = { 'Content-Type': protobuf.contentType }

const pushes: readonly Call[] = [
  [
    'PUT',
    '/metrics/job/a',
    '# HELP x a \\\\ help\n# TYPE x gauge\nx{l="1"} -0\nx{l="2\\"\\n"} NaN\n',
  ],
  ['PUT', '/metrics/job/a/instance/i/l@base64/8J-YgC8', '# TYPE c counter\nc 1e300\nu +Inf\n'],
  ['PUT', '/metrics/job/b/l@base64/', '# HELP x another help\n# TYPE x gauge\nx 1\n'],
  ['PUT', '/metrics/job/h', '# TYPE h histogram\nh_bucket{le="1"} 1\nh_count 3\nh_sum 2\n'],
  ['PUT', '/metrics/job/s', '# TYPE s summary\ns{quantile="0.5"} 1\ns_count 3\ns_sum 2\n'],
  ['PUT', '/metrics/job/p', encode([counter], protobuf), contentType],
  ['PUT', '/metrics/job/empty', ''],
  ['PUT', '/metrics/job/deleted', 'x 1\n'],
  ['DELETE', '/metrics/job/deleted'],
  ['POST', '/metrics/job/a', 'y 1\n'],
  ['PUT', '/metrics/job/failed', 'x 1 1\n'],
  ['PUT', '/metrics/job/a', 'x 1 1\n'],
]

/** What belongs to groups, times to the millisecond: Go shows nanoseconds, which ours does not keep. */
async function page(url: string): Promise<string[]> {
  const { status, body } = await send(url, ['GET', '/metrics'])
  expect(status).toBe(200)
  return body.split('\n').flatMap((line) => {
    const [, series, value] = /^(push_.*) (\S+)$/.exec(line) ?? []
    if (series !== undefined) return `${series} ${Number(value).toFixed(3)}`
    return /job=|^# TYPE [a-z](_total)? /.test(line) ? line : []
  })
}

testWithPeer('prometheus-pushgateway', 'the file of the original is taken over', async (path) => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'state')
  const original = await startOriginal(path, file)
  for (const call of pushes) await send(original.url, call)
  // One scrape waits for all that is queued.
  const theirs = await page(original.url)
  await original.stop()
  const content = readFileSync(file)
  expect(theirs.length).toBeGreaterThan(30)
  const args = [`--persistence.file=${file}`]
  const first = await startProgram('pushgateway/main.ts', args)
  expect(await page(first.url)).toEqual(theirs)
  const accept = { Accept: `${protobuf.contentType.replace('delimited', 'compact-text')}` }
  expect((await send(first.url, ['GET', '/metrics', '', accept])).body).toMatch(
    /name:"p_total" .*exemplar:\{label:\{name:"id" value:"1"\} value:0.5 timestamp:\{seconds:5\}\}/,
  )
  expect((await send(first.url, ['PUT', '/metrics/job/new', 'z 1\n'])).status).toBe(200)
  await first.stop('SIGKILL')
  await using second = await startProgram('pushgateway/main.ts', args)
  const lines = await page(second.url)
  expect(lines).toContain('z{instance="",job="new"} 1')
  expect(lines).toEqual(expect.arrayContaining(theirs))
  const kept = readdirSync(folder.path).filter((name) => name.startsWith('state.gob-'))
  expect(kept).toHaveLength(1)
  expect(readFileSync(join(folder.path, kept[0] ?? '')).equals(content)).toBe(true)
})

testWithPeer(
  'prometheus-pushgateway',
  'a group that breaks every scrape of the original is left out and named',
  async (path) => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'state')
    const original = await startOriginal(path, file)
    await send(original.url, ['PUT', '/metrics/job/good', 'x 1\n'])
    await send(original.url, ['PUT', '/metrics/job/%FF', 'x 1\n'])
    expect((await send(original.url, ['GET', '/metrics'])).status).toBe(500)
    await original.stop()
    await using ours = await startProgram('pushgateway/main.ts', [`--persistence.file=${file}`])
    expect(await page(ours.url)).toContain('x{instance="",job="good"} 1')
    const line = await ours.logLine(/left out/)
    expect(line).toContain('value of label job is not valid UTF-8')
    expect(await ours.logLine(/took over/)).toContain('groups=1 dropped=1')
  },
)

testWithPeer(
  'prometheus-pushgateway',
  'an empty and a cut off file of the original: taken over, and refused untouched',
  async (path) => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'state')
    const original = await startOriginal(path, file)
    await send(original.url, ['PUT', '/metrics/job/a', 'x 1\n'])
    await send(original.url, ['DELETE', '/metrics/job/a'])
    await original.stop()
    const content = readFileSync(file)
    const args = [`--persistence.file=${file}`]
    {
      await using ours = await startProgram('pushgateway/main.ts', args)
      expect(await ours.logLine(/took over/)).toContain('groups=0 dropped=0')
    }
    const cut = content.subarray(0, -1)
    writeFileSync(file, cut)
    const { code, stderr } = await runProgram('pushgateway/main.ts', args)
    expect(code).toBe(1)
    expect(stderr).toMatch(/by the Go Pushgateway and is damaged: .*ends too early \(byte \d+\)/)
    expect(readFileSync(file).equals(cut)).toBe(true)
  },
)

const wayBack = 'what the documentation says brings all groups back to the original'

if (peer('jq') === undefined) test.skip(`${wayBack} (jq is not installed: npm run peers)`)
else {
  testWithPeer('prometheus-pushgateway', wayBack, async (path) => {
    const docs = readFileSync(join(import.meta.dirname, '../../docs/pushgateway.md'), 'utf8')
    const blocks = [...docs.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
    const loop = blocks.find((block) => block.includes('groups-to-pushes.jq')) ?? ''
    const original = await startOriginal(path)
    await using ours = await startProgram('pushgateway/main.ts')
    for (const call of pushes) await send(ours.url, call)
    const here = loop
      .replace('http://localhost:9091', ours.url)
      .replace('http://localhost:19091', original.url)
    await promisify(execFile)('sh', ['-c', here])
    const values = async (url: string) => (await page(url)).filter((line) => !/^push_/.test(line))
    expect(await values(original.url)).toEqual(await values(ours.url))
    expect((await values(original.url)).length).toBeGreaterThan(15)
    await original.stop()
  })
}

testWithPeer('prometheus-pushgateway', 'the original reads what our tests write', async (path) => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'state')
  const labels = [
    { name: 'instance', value: '' },
    { name: 'job', value: 'a' },
  ]
  const x = family({ name: 'x', type: 'gauge', metrics: [{ labels, value: 2 }] }, 1000)
  writeFileSync(file, goFile([{ labels: [['job', 'a']], families: [x, ...pushTimes(1000, 0)] }]))
  const original = await startOriginal(path, file)
  const lines = await page(original.url)
  await original.stop()
  expect(lines).toContain('x{instance="",job="a"} 2')
})
