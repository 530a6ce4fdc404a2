import { expect, test } from 'vitest'
import { parseConfig } from '../../../pullserver/config/load.ts'
import { formatLabels } from '../../../pullserver/scrape/label-set.ts'
import { checkLabelLimits, seriesLabels } from '../../../pullserver/scrape/series-labels.ts'

const target = [
  { name: 'instance', value: 'h:1' },
  { name: 'job', value: 'a' },
]

type Options = { readonly honor?: boolean; readonly rules?: readonly Record<string, unknown>[] }

function jobWith(options: Options, limits: Record<string, number> = {}) {
  const job = { job_name: 'a', metric_relabel_configs: options.rules ?? [], ...limits }
  const [config] = parseConfig(JSON.stringify({ scrape_configs: [job] }), 'p.yml').scrapeConfigs
  if (config === undefined) throw new Error('no job')
  return config
}

function name(scraped: Record<string, string>, options: Options = {}): string | undefined {
  const labels = Object.entries(scraped).map(([label, value]) => ({ name: label, value }))
  const rules = jobWith(options).metricRelabelConfigs
  const named = seriesLabels('m', labels, target, options.honor ?? false, rules)
  return named === undefined ? undefined : formatLabels(named)
}

test('a series gets the labels of its target, sorted', () => {
  expect(name({ z: '1', a: '2' })).toBe('{__name__="m", a="2", instance="h:1", job="a", z="1"}')
  expect(name({ A: '1', empty: '' })).toBe('{A="1", __name__="m", instance="h:1", job="a"}')
})

test('a label of the target wins and the exposed one moves aside, shortest name first', () => {
  expect(name({ job: 'mine', instance: 'me', exported_job: 'x' })).toBe(
    '{__name__="m", exported_exported_job="mine", exported_instance="me", exported_job="x", instance="h:1", job="a"}',
  )
  expect(name({ job: '' })).toBe('{__name__="m", instance="h:1", job="a"}')
})

test('with honor_labels the exposed label stays, also an empty one', () => {
  expect(name({ job: 'mine', instance: '' }, { honor: true })).toBe('{__name__="m", job="mine"}')
  expect(name({}, { honor: true })).toBe('{__name__="m", instance="h:1", job="a"}')
})

test('metric_relabel_configs see all labels and may drop or rename', () => {
  const drop = { source_labels: ['job', 'x'], regex: 'a;1', action: 'drop' }
  expect(name({ x: '1' }, { rules: [drop] })).toBe(undefined)
  expect(name({ x: '2' }, { rules: [drop] })).toContain('x="2"')
  const rename = { target_label: '__name__', replacement: 'n' }
  expect(name({}, { rules: [rename] })).toBe('{__name__="n", instance="h:1", job="a"}')
  expect(name({}, { rules: [{ regex: '.*', action: 'labeldrop' }] })).toBe(undefined)
  expect(() => name({}, { rules: [{ regex: '__name__', action: 'labeldrop' }] })).toThrow(
    'missing metric name (__name__ label)',
  )
})

function limit(limits: Record<string, number>, message: string | undefined): void {
  const config = jobWith({}, limits)
  const labels = [
    { name: '__name__', value: 'm' },
    { name: 'instance', value: '127.0.0.1:20310' },
    { name: 'job', value: 'é' },
  ]
  let found: string | undefined
  try {
    checkLabelLimits(labels, config.limits)
  } catch (error) {
    found = error instanceof Error ? error.message : ''
  }
  expect({ limits, found }).toEqual({ limits, found: message })
}

test('label limits count the name and the labels of the target, in bytes', () => {
  limit({}, undefined)
  limit({ label_limit: 3, label_name_length_limit: 8, label_value_length_limit: 15 }, undefined)
  limit({ label_limit: 2 }, 'label_limit exceeded (metric: m, number of labels: 3, limit: 2)')
  limit(
    { label_name_length_limit: 3 },
    'label_name_length_limit exceeded (metric: m, label name: __name__, length: 8, limit: 3)',
  )
  limit(
    { label_value_length_limit: 3 },
    'label_value_length_limit exceeded (metric: m, label name: instance, value: "127.0.0.1:20310", length: 15, limit: 3)',
  )
  limit(
    { label_value_length_limit: 1 },
    'label_value_length_limit exceeded (metric: m, label name: instance, value: "127.0.0.1:20310", length: 15, limit: 1)',
  )
})
