import { expect, test } from 'vitest'
import { parseConfig } from '../../../pullserver/config/load.ts'
import { relabel } from '../../../pullserver/scrape/relabel.ts'

type Rule = Record<string, unknown>

/** `expected` undefined: the rules drop the labels. JSON is YAML, so rules are plain objects here. */
function check(
  labels: Record<string, string>,
  rules: Rule | Rule[],
  expected: Record<string, string> | undefined,
): void {
  const text = JSON.stringify({
    scrape_configs: [{ job_name: 'a', relabel_configs: [rules].flat() }],
  })
  const [config] = parseConfig(text, 'p.yml').scrapeConfigs
  const set = new Map(Object.entries(labels))
  const kept = relabel(set, config?.relabelConfigs ?? [])
  expect({ rules, result: kept ? Object.fromEntries(set) : undefined }).toEqual({
    rules,
    result: expected,
  })
}

test('replace writes the filled replacement into the target label', () => {
  check({ a: 'foo' }, { source_labels: ['a'], target_label: 'b' }, { a: 'foo', b: 'foo' })
  check({ a: 'foo' }, { target_label: 'b', replacement: 'const' }, { a: 'foo', b: 'const' })
  check(
    { a: 'foo', b: 'bar' },
    { source_labels: ['a', 'b'], regex: 'f(.*);(.*)r', target_label: 'c', replacement: '$1-$2' },
    { a: 'foo', b: 'bar', c: 'oo-ba' },
  )
  check(
    { a: 'boo' },
    {
      source_labels: ['a'],
      regex: '(?P<first>b).*',
      target_label: `x_\${first}`,
      replacement: `\${1}z`,
    },
    { a: 'boo', x_b: 'bz' },
  )
  check(
    { a: 'h:1', b: '2' },
    { source_labels: ['a', 'b'], separator: ':', target_label: 'c' },
    { a: 'h:1', b: '2', c: 'h:1:2' },
  )
})

test('replace without a match changes nothing, with an empty result deletes', () => {
  check({ a: 'foo' }, { source_labels: ['a'], regex: 'bar', target_label: 'b' }, { a: 'foo' })
  check({ a: 'xfoo' }, { source_labels: ['a'], regex: 'foo', target_label: 'b' }, { a: 'xfoo' }) // anchored
  check({ a: 'foo', b: '1' }, { source_labels: ['none'], target_label: 'b' }, { a: 'foo' })
  check({ a: 'foo', b: '1' }, { target_label: 'b', replacement: '' }, { a: 'foo' })
  check(
    { a: 'x\ny' },
    { source_labels: ['a'], regex: 'x.y', target_label: 'b', replacement: '1' },
    { a: 'x\ny', b: '1' },
  )
})

test('keep and drop go by a full match of the joined values', () => {
  check({ a: 'foo' }, { source_labels: ['a'], regex: 'foo', action: 'keep' }, { a: 'foo' })
  check({ a: 'foo' }, { source_labels: ['a'], regex: 'f', action: 'keep' }, undefined)
  check({ a: 'foo' }, { source_labels: ['a'], regex: 'f|foo', action: 'drop' }, undefined)
  check({ a: 'foo' }, { source_labels: ['a'], regex: 'f.*', action: 'DROP' }, undefined)
  check({}, { source_labels: ['a'], regex: '', action: 'drop' }, undefined)
})

test('rules after a drop are not run and rules see the changes of those before', () => {
  check(
    { a: 'foo' },
    [
      { target_label: 'b', replacement: 'x' },
      { source_labels: ['b'], regex: 'x', action: 'keep' },
      { source_labels: ['b'], target_label: 'c', replacement: '$1$1' },
    ],
    { a: 'foo', b: 'x', c: 'xx' },
  )
})

test('keepequal and dropequal compare with the target label', () => {
  check(
    { a: '1', b: '1' },
    { source_labels: ['a'], target_label: 'b', action: 'keepequal' },
    { a: '1', b: '1' },
  )
  check(
    { a: '1', b: '2' },
    { source_labels: ['a'], target_label: 'b', action: 'keepequal' },
    undefined,
  )
  check(
    { a: '1', b: '1' },
    { source_labels: ['a'], target_label: 'b', action: 'dropequal' },
    undefined,
  )
})

test('hashmod is the MD5 tail that Prometheus takes', () => {
  check(
    { c: 'baz' },
    { source_labels: ['c'], target_label: 'd', action: 'hashmod', modulus: 1000 },
    { c: 'baz', d: '976' },
  )
  check(
    { c: 'A' },
    { source_labels: ['c'], target_label: 'd', action: 'hashmod', modulus: 8 },
    { c: 'A', d: '1' },
  )
})

test('label names are mapped, dropped and kept', () => {
  check(
    { __meta_x: '1', __meta_my_y: '2', z: '3' },
    { regex: '__meta_(my.*)', replacement: `\${1}`, action: 'labelmap' },
    { __meta_x: '1', __meta_my_y: '2', z: '3', my_y: '2' },
  )
  check({ a: '1', b1: '2', b2: '3' }, { regex: 'b.*', action: 'labeldrop' }, { a: '1' })
  check({ a: '1', b1: '2', b2: '3' }, { regex: 'b.*', action: 'labelkeep' }, { b1: '2', b2: '3' })
})

test('lowercase and uppercase', () => {
  check(
    { a: 'bAr123Foo' },
    { source_labels: ['a'], target_label: 'l', action: 'lowercase' },
    { a: 'bAr123Foo', l: 'bar123foo' },
  )
  check(
    { a: 'bAr123Foo' },
    { source_labels: ['a'], target_label: 'u', action: 'uppercase' },
    { a: 'bAr123Foo', u: 'BAR123FOO' },
  )
})
