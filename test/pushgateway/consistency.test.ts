import { expect, test } from 'vitest'
import type { OwnFamilies } from '../../pushgateway/family-index.ts'
import { gateway } from './gateway.ts'

const own: OwnFamilies = new Map([
  ['own_total', { type: 'counter', help: 'ours' }],
  ['own_size', { type: 'summary', help: 'ours' }],
])

type Step = [path: string, body: string]

/** Puts what comes before, which must be accepted, then gives the answer to the last push. */
function last(steps: readonly Step[]): string {
  const { put, page } = gateway(own)
  for (const [path, body] of steps.slice(0, -1)) expect(put(path, body)).toBe('ok')
  const before = page()
  const [path, body] = steps.at(-1) ?? ['/a', '']
  const answer = put(path, body)
  if (answer !== 'ok') expect(page()).toBe(before)
  return answer
}

const accepted: [why: string, ...Step[]][] = [
  ['other help', ['/a', '# HELP x one\nx 1\n'], ['/b', '# HELP x two\nx 1\n']],
  [
    'other type in the only group',
    ['/a', '# TYPE x gauge\nx 1\n'],
    ['/a', '# TYPE x counter\nx 1\n'],
  ],
  ['own family, own type', ['/a', '# TYPE own_total counter\nown_total 1\n']],
  ['bucket beside a summary', ['/a', '# TYPE s summary\ns_sum 1\n'], ['/b', 's_bucket 1\n']],
  ['gauge histogram', ['/a', '# TYPE g gauge_histogram\ng_sum 1\n'], ['/b', 'g_sum 1\n']],
  ['the clash goes with the push', ['/a', 'h_count 1\n'], ['/a', '# TYPE h histogram\nh_sum 1\n']],
  ['different labels', ['/a', 'x 1\n'], ['/a/l/', 'x 1\n']],
  ['le and quantile where they mean nothing', ['/a/le/1/quantile/1', 'x 1\n']],
  ['a quantile in a histogram', ['/a/quantile/1', '# TYPE h histogram\nh_sum 1\n']],
]

test.each(accepted)('accepts: %s', (_, ...steps) => {
  expect(last(steps)).toBe('ok')
})

const x = 'collected metric "x" { label:{name:"instance" value:""} label:{name:"job" value:"b"} '
const refused: [reason: string, ...Step[]][] = [
  [
    `${x}counter:{value:1} } is not a GAUGE`,
    ['/a', '# TYPE x gauge\nx 1\n'],
    ['/b', '# TYPE x counter\nx 1\n'],
  ],
  [`${x}gauge:{value:1} } is not a UNTYPED`, ['/a', 'x 1\n'], ['/b', '# TYPE x gauge\nx 1\n']],
  [
    `2 error(s) occurred:\n* ${x}gauge:{value:1} } is not a UNTYPED\n* collected metric "y" { label:{name:"instance" value:""} label:{name:"job" value:"b"} gauge:{value:2} } is not a UNTYPED`,
    ['/a', 'x 1\ny 1\n'],
    ['/b', '# TYPE x gauge\nx 1\n# TYPE y gauge\ny 2\n'],
  ],
  [
    'gathered metric family own_total has type GAUGE but should have COUNTER',
    ['/a', '# TYPE own_total gauge\nown_total 1\n'],
  ],
  [
    'collected metric named "own_size_sum" collides with previously collected summary named "own_size"',
    ['/a', 'own_size_sum 1\n'],
  ],
  [
    'collected metric named "h_count" collides with previously collected histogram named "h"',
    ['/a', '# TYPE h histogram\nh_sum 1\n'],
    ['/b', 'h_count 1\n'],
  ],
  [
    'collected histogram or summary named "h" collides with previously collected metric named "h_bucket"',
    ['/a', 'h_bucket 1\n'],
    ['/b', '# TYPE h histogram\nh_sum 1\n'],
  ],
  [
    `${x}untyped:{value:2} } was collected before with the same name and label values`,
    ['/b', 'x 1\nx 2\n'],
  ],
  [
    `${x}untyped:{value:2} } was collected before with the same name and label values`,
    ['/a', ''],
    ['/b', 'x{job="a"} 1\nx{job="c"} 2\n'], // equal once the group's labels are set
  ],
  [
    'collected metric "push_time_seconds" { label:{name:"instance" value:""} label:{name:"job" value:"b"} gauge:{value:0} } was collected before with the same name and label values',
    ['/b', ''],
    ['/b/instance/', ''], // both write job="b",instance="": breaks the original
  ],
  [
    'collected metric "h" { label:{name:"instance" value:""} label:{name:"job" value:"a"} label:{name:"le" value:"1"} histogram:{sample_count:0 sample_sum:1 buckets:0} } must not have an explicit "le" label',
    ['/a/le/1', '# TYPE h histogram\nh_sum 1\n'], // breaks the original
  ],
  [
    'collected metric "s" { label:{name:"instance" value:""} label:{name:"job" value:"a"} label:{name:"quantile" value:"1"} summary:{sample_count:0 sample_sum:1 quantiles:0} } must not have an explicit "quantile" label',
    ['/a/quantile/1', '# TYPE s summary\ns_sum 1\n'],
  ],
  [
    'collected metric "x" { label:{name:"__x" value:"1"} label:{name:"instance" value:""} label:{name:"job" value:"b"} untyped:{value:1} } has a label with an invalid name: __x',
    ['/b', 'x{__x="1"} 1\n'],
  ],
  [
    'collected metric "x" { label:{name:"a.b" value:"1"} label:{name:"a_b" value:"2"} label:{name:"instance" value:""} label:{name:"job" value:"b"} untyped:{value:1} } has two or more labels that are written as a_b',
    ['/b', 'x{"a.b"="1",a_b="2"} 1\n'],
  ],
  ['pushed metrics must not have timestamps', ['/b', 'x 1 1\n']],
]

test.each(refused)('refuses with %s', (reason, ...steps) => {
  expect(last(steps)).toBe(reason)
})

test('a series of another group is refused also when it comes in a known family', () => {
  const { put } = gateway()
  expect(put('/a/instance/i', 'x 1\n')).toBe('ok')
  expect(put('/a', 'x 1\n')).toBe('ok')
  expect(put('/a', 'x{instance="i"} 1\n')).toContain('was collected before')
  expect(put('/a', 'x{instance="j"} 1\n')).toBe('ok')
})

test('the type of a family is free again when no group has it', () => {
  const gate = gateway()
  gate.put('/a', '# TYPE x gauge\nx 1\n')
  gate.put('/b', '# TYPE x gauge\nx 1\n')
  expect(gate.put('/b', '# TYPE x counter\nx 1\n')).toContain('is not a GAUGE')
  gate.delete('/a')
  expect(gate.put('/b', '# TYPE x counter\nx 1\n')).toBe('ok')
  expect(gate.page()).toBe('# TYPE x counter\nx{instance="",job="b"} 1')
})

test('of very many clashes the first are told', () => {
  const { put } = gateway()
  const lines = Array.from({ length: 1000 }, (_, i) => `x{l="${i}"} 1\n`).join('')
  put('/a', '# TYPE x gauge\nx 1\n')
  const reason = put('/b', lines)
  expect(reason).toMatch(/^1000 error\(s\) occurred:\n/)
  expect(reason).toMatch(/\n\* and 980 more$/)
})
