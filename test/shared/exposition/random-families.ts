/** Random families of every kind protobuf knows, in the form that decoding gives them. */
import fc from 'fast-check'
import type { Metric, MetricFamily, MetricType } from '../../../shared/exposition/family.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('', '\0', '"', '\\', '\n', 'é', '🔥'),
)
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, Number.NaN))
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 300n }),
)
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const nanoseconds = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
const label = fc.record({ name, value: text })
const labels = fc.array(label, { maxLength: 3 })
const exemplar = fc.record(
  { labels, value, timestampNs: nanoseconds },
  { requiredKeys: ['labels', 'value'] },
)

/** Zero as a float is taken for no float. */
const floatCount = fc.double({ min: 0.1, noNaN: true })

function buckets<T>(count: fc.Arbitrary<T>) {
  return fc.array(fc.oneof(fc.tuple(value, count), fc.tuple(value, count, exemplar)), {
    maxLength: 4,
  })
}

const int32 = fc.integer()
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const side = fc.record({
  spans: fc.array(fc.record({ offset: int32, length: uint32 }), { maxLength: 3 }),
  deltas: fc.array(int64, { maxLength: 4 }),
  counts: fc.array(value, { maxLength: 4 }),
})
const native = fc.record({
  schema: int32,
  zeroThreshold: value,
  zeroCount: fc.oneof(uint64, floatCount),
  negative: side,
  positive: side,
  exemplars: fc.array(exemplar, { maxLength: 2 }),
})

const histogram = fc.oneof(
  fc.record(
    { count: uint64, sum: value, buckets: buckets(uint64), native },
    { requiredKeys: ['count', 'sum', 'buckets'] },
  ),
  fc.record(
    {
      count: floatCount,
      sum: value,
      buckets: buckets(floatCount),
      floatCounts: fc.constant(true as const),
      native,
    },
    { requiredKeys: ['count', 'sum', 'buckets', 'floatCounts'] },
  ),
)
const summary = fc.record({
  count: uint64,
  sum: value,
  quantiles: fc.array(fc.tuple(value, value), { maxLength: 4 }),
})

const created = fc.option(nanoseconds, { nil: undefined })

function metrics(values: fc.Arbitrary<object>, withCreated: boolean): fc.Arbitrary<Metric[]> {
  const metric = fc
    .tuple(labels, values, fc.option(int64, { nil: undefined }), created)
    .map(([own, part, timestampMs, createdNs]): object => ({
      labels: own,
      ...part,
      ...(timestampMs === undefined ? {} : { timestampMs }),
      ...(createdNs === undefined || !withCreated ? {} : { createdNs }),
    }))
  return fc.array(metric as fc.Arbitrary<Metric>, { maxLength: 4 })
}

function familyOf(type: MetricType, values: fc.Arbitrary<object>, withCreated = true) {
  return fc.record(
    {
      name,
      help: text,
      unit: text,
      type: fc.constant(type),
      metrics: metrics(values, withCreated),
    },
    { requiredKeys: ['name', 'type', 'metrics'] },
  )
}

export const familyOfAnyKind: fc.Arbitrary<MetricFamily> = fc.oneof(
  familyOf('counter', fc.record({ value, exemplar }, { requiredKeys: ['value'] })),
  familyOf('gauge', fc.record({ value }), false),
  familyOf('unknown', fc.record({ value }), false),
  familyOf('summary', summary),
  familyOf('histogram', histogram),
  familyOf('gaugehistogram', histogram),
  familyOf('gauge', fc.constant({ valueless: true }), false),
)
