import { expect, test } from 'vitest'
import { parseConfig } from '../../../pullserver/config/load.ts'
import type { Labels } from '../../../pullserver/labels.ts'
import { populateGroup } from '../../../pullserver/scrape/target.ts'

type Job = Record<string, unknown>

function populate(job: Job, labels: Record<string, string> = {}) {
  const rules = { target_label: '__address__', replacement: 'h:1' }
  const text = JSON.stringify({ scrape_configs: [{ job_name: 'a', ...job }] })
  const [config] = parseConfig(text, 'p.yml').scrapeConfigs
  if (config === undefined) throw new Error(`no job for ${JSON.stringify(rules)}`)
  const [outcome] = populateGroup({ targets: ['h:1'], labels }, config)
  return outcome
}

function plain(labels: Labels): Record<string, string> {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]))
}

function check(
  job: Job,
  labels: Record<string, string>,
  expected: { url: string; labels: Record<string, string> },
): void {
  const outcome = populate(job, labels)
  if (outcome?.kind !== 'target') throw new Error(JSON.stringify(outcome))
  const { target } = outcome
  expect({ url: target.url, labels: plain(target.labels) }).toEqual(expected)
}

function fail(job: Job, reason: string): void {
  expect(populate(job)).toMatchObject({ kind: 'failed', reason })
}

const own = { instance: 'h:1', job: 'a' }

test('a target has job, instance and the labels of its group', () => {
  check(
    {},
    { env: 'x', __hidden: 'y', none: '' },
    { url: 'http://h:1/metrics', labels: { ...own, env: 'x' } },
  )
  check(
    {},
    { job: 'mine', instance: 'me' },
    { url: 'http://h:1/metrics', labels: { job: 'mine', instance: 'me' } },
  )
})

test('the URL is made of labels and parameters as Go writes it', () => {
  check({ scheme: 'https', metrics_path: 'x' }, {}, { url: 'https://h:1/x', labels: own })
  check(
    { params: { b: ['1 2', '&'], a: ['é'] } },
    {},
    { url: 'http://h:1/metrics?a=%C3%A9&b=1+2&b=%26', labels: own },
  )
  check(
    { params: { b: ['1', '2'] } },
    { __param_b: 'x', __param_c: 'y' },
    { url: 'http://h:1/metrics?b=x&b=2&c=y', labels: own },
  )
  check({}, { __metrics_path__: '/a?b c' }, { url: 'http://h:1/a%3Fb%20c', labels: own })
  check({}, { __scheme__: 'https' }, { url: 'https://h:1/metrics', labels: own })
})

test('discovered labels are those before relabeling', () => {
  const rules = [
    { target_label: 'x', replacement: 'y' },
    { regex: 'env', action: 'labeldrop' },
  ]
  const outcome = populate({ params: { p: ['v'] }, relabel_configs: rules }, { env: 'e' })
  if (outcome?.kind !== 'target') throw new Error(JSON.stringify(outcome))
  expect(plain(outcome.target.labels)).toEqual({ ...own, x: 'y' })
  expect(plain(outcome.target.discoveredLabels)).toEqual({
    __address__: 'h:1',
    __metrics_path__: '/metrics',
    __param_p: 'v',
    __scheme__: 'http',
    __scrape_interval__: '1m',
    __scrape_timeout__: '10s',
    env: 'e',
    job: 'a',
  })
})

test('relabeling may drop a target, change its address and its interval', () => {
  expect(
    populate({ relabel_configs: [{ action: 'drop', source_labels: ['job'], regex: 'a' }] }),
  ).toMatchObject({ kind: 'dropped' })
  check(
    { relabel_configs: [{ target_label: '__address__', replacement: 'i:2' }] },
    {},
    { url: 'http://i:2/metrics', labels: { job: 'a', instance: 'i:2' } },
  )
  expect(populate({}, { __scrape_interval__: '15s', __scrape_timeout__: '5s' })).toMatchObject({
    target: { intervalMs: 15_000, timeoutMs: 5000 },
  })
})

test('a target that cannot be scraped says why', () => {
  const set = (target_label: string, replacement: string) => ({
    relabel_configs: [{ target_label, replacement }],
  })
  fail(set('__address__', ''), 'no address')
  fail(set('__address__', 'http://x/'), '"http://x/" is not a valid hostname')
  fail(
    set('__scrape_interval__', 'x'),
    'error parsing scrape interval: not a valid duration string: "x"',
  )
  fail(set('__scrape_interval__', '0s'), 'scrape interval cannot be 0')
  fail(set('__scrape_timeout__', '0s'), 'scrape timeout cannot be 0')
  fail(
    set('__scrape_interval__', '5s'),
    'scrape timeout cannot be greater than scrape interval ("10s" > "5s")',
  )
})

test('the identity differs when any label or the URL differs, and only then', () => {
  const identity = (labels: Record<string, string>) => {
    const outcome = populate({}, labels)
    return outcome?.kind === 'target' ? outcome.target.identity : ''
  }
  expect(identity({ a: '1' })).toBe(identity({ a: '1' }))
  const all = [
    identity({}),
    identity({ a: '1' }),
    identity({ __a: '1' }),
    identity({ __param_a: '1' }),
  ]
  expect(new Set(all).size).toBe(4)
})
