/**
 * The Pushgateway's hot paths without HTTP, at 1 and at 20,000 live groups: a push must cost the same
 * at both, and a scrape only what was pushed since the one before.
 */
import { test } from 'vitest'
import { createKeyReader, parseGroupingKey } from '../pushgateway/grouping-key.ts'
import { Groups } from '../pushgateway/groups.ts'
import { listGroups } from '../pushgateway/groups-api.ts'
import { readSelectors } from '../pushgateway/match-groups.ts'
import { writeRecord } from '../pushgateway/record.ts'
import { decodeText } from '../shared/exposition/decode-text.ts'

/** Four families with a series each, about 520 bytes. */
function body(i: number): Buffer {
  const families = ['duration_seconds', 'records_processed', 'success_timestamp_seconds', 'errors']
  return Buffer.from(
    families
      .map(
        (name, k) =>
          `# HELP bench_job_${name} A number that the measured job pushes.\n` +
          `# TYPE bench_job_${name} gauge\nbench_job_${name}{stage="load",k="${k}"} ${i}.5\n`,
      )
      .join(''),
  )
}

const bodies = Array.from({ length: 500 }, (_, i) => body(i))
const pushes = bodies.map((bytes) => decodeText(bytes))
const path = (group: number) => `/bench/instance/host-${group}`

function filled(count: number): { groups: Groups; push(i: number): void } {
  const groups = new Groups(new Map())
  const keys = Array.from({ length: count }, (_, i) => parseGroupingKey(path(i), 'legacy'))
  let timeMs = 1.7e12
  const push = (i: number): void => {
    const key = keys[i % count]
    timeMs += 0.5
    if (key !== undefined) groups.push('put', key, pushes[i % pushes.length] ?? [], timeMs)
  }
  for (let i = 0; i < count; i++) push(i)
  return { groups, push }
}

for (const count of [1, 20_000]) {
  test(`${count} live groups`, async ({ bench }) => {
    const { groups, push } = filled(count)
    const selectors = await readSelectors(['{instance=~".*[0-9]7"}'])
    const list = (query: string, by = selectors) => {
      return JSON.stringify(listGroups(groups.all(), new URLSearchParams(query), by))
    }
    const own = new Map()
    let i = 0
    await bench(`push to one of ${count}`, () => push(i++)).run()
    await bench(`delete and push anew, of ${count}`, () => {
      groups.delete(parseGroupingKey(path(i % count), 'legacy'))
      push(i++)
    }).run()
    await bench(`scrape of ${count}, nothing pushed since`, () => {
      groups.write(own, 'underscores', 'gzip')
    }).run()
    await bench(`scrape of ${count}, one pushed since`, () => {
      push(i++)
      groups.write(own, 'underscores', 'gzip')
    }).run()
    await bench(`the first 50 of ${count}, failed first`, () => list('sort=failed', [])).run()
    await bench(`the first 50 that a word finds in ${count}`, () => list('search=7', [])).run()
    await bench(`the first 50 that a pattern finds in ${count}`, () => list('')).run()
  })
}

test('the rest of a push', async ({ bench }) => {
  const readKey = createKeyReader('legacy')
  const key = readKey(path(1))
  let i = 0
  await bench('decode 520 bytes', () => decodeText(bodies[i++ % 500] ?? '')).run()
  await bench('read a new path', () => parseGroupingKey(path(1), 'legacy')).run()
  await bench('read a known path', () => readKey(path(1))).run()
  await bench('record for the journal', () => {
    writeRecord({ operation: 'put', timeMs: 1, key, body: bodies[i++ % 500] ?? body(1) })
  }).run()
})
