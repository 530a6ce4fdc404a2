/** Protobuf that is broken, or odd and yet good: what the strict reader says of it, and what a scrape does. */
import { expect, test } from 'vitest'
import { decodeProtobuf } from '../../../shared/exposition/decode-protobuf.ts'
import { ParseError } from '../../../shared/exposition/parse-error.ts'
import { ScrapeParseError, ScrapeParser } from '../../../shared/exposition/scrape.ts'

type Bytes = readonly number[]

/** A length or a number below 16,384. */
function varint(value: number): Bytes {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7]
}

/** A field of another message, a string or bytes. */
function delimited(number: number, content: string | Bytes): Bytes {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]
}

function double(number: number, value: number): Bytes {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [number * 8 + 1, ...bytes]
}

function integer(number: number, ...bytes: Bytes): Bytes {
  return [...varint(number * 8), ...bytes]
}

function page(...families: Bytes[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(families.flatMap((family) => [...varint(family.length), ...family]))
}

const named = delimited(1, 'm')
const counter = integer(3, 0)
const gauge = integer(3, 1)
const summary = integer(3, 2)
const untyped = integer(3, 3)
const histogram = integer(3, 4)

/** A family of this type with one metric of these fields. */
function family(type: Bytes, ...fields: Bytes[]): Bytes {
  return [...named, ...type, ...delimited(4, fields.flat())]
}

const label = (name: string | Bytes, value: string | Bytes): Bytes =>
  delimited(1, [...delimited(1, name), ...delimited(2, value)])
const five = delimited(2, double(1, 5))

/** The samples of a scrape, by a parser that has read `before`; or why it refuses the page. */
function scraped(body: Uint8Array, before = new Uint8Array()): string[] | string {
  const parser = new ScrapeParser()
  const names: string[] = []
  const sink = {
    resolve(name: string, labels: readonly { name: string; value: string }[]): number {
      return names.push(`${name}{${labels.map((pair) => `${pair.name}=${pair.value}`)}}`) - 1
    },
  }
  try {
    parser.parse(before, 'protobuf', sink)
    const { n, refs, values } = parser.parse(body, 'protobuf', sink)
    return Array.from(refs.subarray(0, n), (ref, index) => `${names[ref]} ${values[index]}`)
  } catch (error) {
    if (!(error instanceof ScrapeParseError)) throw error
    return error.message
  }
}

/** The metrics that the strict reader gives; or why it refuses the page. */
function decoded(body: Uint8Array): string[] | string {
  try {
    return decodeProtobuf(body, { names: 'utf8' }).flatMap(({ name, type, metrics }) => {
      return metrics.map((metric) => {
        if ('value' in metric) return `${type} ${name} ${metric.value}`
        return 'valueless' in metric ? `${type} ${name}` : `${type} ${name} count ${metric.count}`
      })
    })
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return error.message
  }
}

/** What each of them says, by a parser that is new and by one that has read a page. */
function check(
  name: string,
  body: Uint8Array,
  strict: string[] | string,
  scrape: string[] | string,
): void {
  expect(decoded(body), name).toEqual(strict)
  expect(scraped(body), name).toEqual(scrape)
  expect(scraped(body, page(family(gauge, five), family(summary))), name).toHaveLength(
    scrape.length,
  )
}

test('what is no message is refused, each reader has the words of its library', () => {
  check(
    'a length and nothing behind it',
    Uint8Array.of(5),
    'unexpected EOF',
    'clientpb: insufficient length of buffer, expected at least 6 bytes, got 1 bytes',
  )
  check(
    'a length that does not end',
    Uint8Array.of(0x80, 0x80),
    'unexpected EOF',
    'clientpb: invalid varint encountered',
  )
  check(
    'a length of eleven bytes',
    Uint8Array.from([...Array(10).fill(0x80), 1]),
    'proto: variable length integer overflow',
    'clientpb: invalid varint encountered',
  )
  check(
    'a length beyond 64 bits',
    Uint8Array.from([...Array(9).fill(0xff), 2]),
    'proto: variable length integer overflow',
    'clientpb: invalid varint encountered',
  )
  check(
    'a negative length',
    Uint8Array.from([...Array(9).fill(0xff), 1]),
    'unexpected EOF',
    'clientpb: invalid varint encountered',
  )
  check(
    'a string longer than its message',
    page([0x0a, 9, 0x6d]),
    'proto: cannot parse invalid wire-format data',
    'unexpected EOF',
  )
  check(
    'a string of negative length',
    page([0x0a, ...Array(9).fill(0xff), 1]),
    'proto: cannot parse invalid wire-format data',
    'proto: negative length found during unmarshaling',
  )
  check(
    'a tag of ten bytes and one',
    page([...Array(10).fill(0xff), 1]),
    'proto: cannot parse invalid wire-format data',
    'proto: integer overflow',
  )
  check(
    'field 0',
    page([0x02, 0]),
    'proto: cannot parse invalid wire-format data',
    'proto: MetricFamily: illegal tag 0 (wire type 2)',
  )
  check(
    'wire type 6',
    page([0x0e, 0]),
    'proto: cannot parse invalid wire-format data',
    'proto: wrong wireType = 6 for field Name',
  )
  check(
    'wire type 7 in a metric',
    page(family(gauge, five, [0x0f])),
    'proto: cannot parse invalid wire-format data',
    'proto: wrong wireType = 7 for field Label',
  )
  check(
    'the end of a group that did not start',
    page([0x0c]),
    'proto: cannot parse invalid wire-format data',
    'proto: MetricFamily: wiretype end group for non-group',
  )
  check(
    'a group that does not end',
    page([...named, 0x7b, 0x08, 1]),
    'proto: cannot parse invalid wire-format data',
    'unexpected EOF',
  )
  check(
    'a group with another in it',
    page([...family(gauge, five), 0x7b, 0x83, 1, 0x84, 1, 0x7c]),
    ['gauge m 5'],
    ['m{} 5'],
  )
  check(
    'a group that ends with another number',
    page([...family(gauge, five), 0x7b, 0x84, 1]),
    'proto: cannot parse invalid wire-format data',
    ['m{} 5'],
  )
  check(
    'groups of ten thousand levels',
    page([...named, ...Array(10_001).fill(0x7b)]),
    'proto: cannot parse invalid wire-format data',
    'proto: groups nested too deep',
  )
  check(
    'a name that is a number',
    page([0x08, 5, ...family(gauge, five)]),
    ['gauge m 5'],
    'proto: wrong wireType = 0 for field Name',
  )
})

test('a field of another wire type is passed over by the one library and refused by the other', () => {
  check(
    'a type that is a string',
    page([...named, ...delimited(3, 'x'), ...delimited(4, five)]),
    ['counter m'],
    'proto: wrong wireType = 2 for field Type',
  )
  check(
    'a metric that is a double',
    page([...named, ...gauge, ...double(4, 1)]),
    [],
    'proto: wrong wireType = 1 for field Metric',
  )
  check(
    'a value that is a varint',
    page(family(gauge, delimited(2, integer(1, 5)))),
    ['gauge m 0'],
    'proto: wrong wireType = 0 for field Value',
  )
  check(
    'a label that is a varint',
    page(family(gauge, integer(1, 5), five)),
    ['gauge m 5'],
    'proto: wrong wireType = 0 for field Label',
  )
  check(
    'a double cut off',
    page(family(gauge, delimited(2, double(1, 5).slice(0, 6)))),
    'proto: cannot parse invalid wire-format data',
    'unexpected EOF',
  )
  check(
    'a name that is not UTF-8',
    page([...delimited(1, [0xff]), ...gauge, ...delimited(4, five)]),
    'invalid metric name "\\xff"',
    'invalid metric name: �',
  )
})

test('names, labels and types are checked', () => {
  check(
    'a family without name',
    page([...gauge, ...delimited(4, five)]),
    'invalid metric name ""',
    'invalid metric name: ',
  )
  check(
    'a label without name',
    page(family(gauge, label('', 'x'), five)),
    'invalid label name ""',
    'invalid label name: ',
  )
  check(
    'a label name that is not UTF-8',
    page(family(gauge, label([0xc3], 'x'), five)),
    'invalid label name "\\xc3"',
    'invalid label name: �',
  )
  check(
    'a label value that is not UTF-8',
    page(family(gauge, label('a', [0xff]), five)),
    'invalid label value "\\xff"',
    'invalid label value: �',
  )
  check(
    'a label name twice',
    page(family(gauge, label('a', '1'), label('a', '2'), five)),
    ['gauge m 5'],
    'label name "a" is not unique: invalid sample',
  )
  check(
    'help that is not UTF-8',
    page([...family(gauge, five), ...delimited(2, [0xff])]),
    ['gauge m 5'],
    'invalid help for metric "m": �',
  )
  check(
    'no type',
    page([...named, ...delimited(4, delimited(3, double(1, 5)))]),
    ['counter m 5'],
    ['m{} 5'],
  )
  check(
    'an unknown type',
    page(family(integer(3, 9), five)),
    ['unknown m'],
    'unknown metric type for metric "m": 9',
  )
  check('a value of another type', page(family(counter, five)), ['counter m'], ['m{} 0'])
})

test('odd values are read as protobuf has them: the last one counts, none is zero', () => {
  check(
    'two values of different types',
    page(family(counter, five, delimited(3, double(1, 6)))),
    ['counter m 6'],
    ['m{} 6'],
  )
  check(
    'a value twice',
    page(family(gauge, five, delimited(2, double(1, 6)))),
    ['gauge m 6'],
    ['m{} 6'],
  )
  check('no value', page(family(untyped)), ['unknown m'], ['m{} 0'])
  check(
    'a negative span length',
    page(
      family(
        histogram,
        delimited(7, [
          ...integer(1, 1),
          ...delimited(12, integer(2, ...Array(9).fill(0xff), 1)),
          ...integer(13, 2),
        ]),
      ),
    ),
    ['histogram m count 1'],
    'histogram "m": positive side: spans require 4294967295 buckets, have 1',
  )
  check(
    'spans without their buckets',
    page(family(histogram, delimited(7, delimited(12, integer(2, 3))))),
    ['histogram m count 0'],
    'histogram "m": positive side: spans require 3 buckets, have 0',
  )
  check(
    'a span offset below zero',
    page(
      family(
        histogram,
        delimited(7, [
          ...integer(1, 1),
          ...delimited(12, [...integer(1, 1), ...integer(2, 1)]),
          ...integer(13, 2),
        ]),
      ),
    ),
    ['histogram m count 1'],
    [],
  )
  check(
    'integer and float counts at once',
    page(family(histogram, delimited(7, [...integer(1, 3), ...double(4, 2.5), ...double(2, 1)]))),
    ['histogram m count 2.5'],
    ['m_count{} 2.5', 'm_sum{} 1', 'm_bucket{le=+Inf} 2.5'],
  )
  check(
    'a bucket without bound and count',
    page(family(histogram, delimited(7, [...integer(1, 3), ...delimited(3, [])]))),
    ['histogram m count 3'],
    ['m_count{} 3', 'm_sum{} 0', 'm_bucket{le=0.0} 0', 'm_bucket{le=+Inf} 3'],
  )
  check(
    'a quantile without anything',
    page(family(summary, delimited(4, delimited(3, [])))),
    ['summary m count 0'],
    ['m_count{} 0', 'm_sum{} 0', 'm{quantile=0.0} 0'],
  )
  check('a timestamp of zero', page(family(gauge, five, integer(6, 0))), ['gauge m 5'], ['m{} 5'])
  check(
    'fields that are unknown',
    page([...family(gauge, five, integer(99, 1)), ...delimited(99, 'x')]),
    ['gauge m 5'],
    ['m{} 5'],
  )
  check(
    'metrics before the name',
    page([...gauge, ...delimited(4, five), ...named]),
    ['gauge m 5'],
    ['m{} 5'],
  )
})

test('a page cut off anywhere is refused, or ends behind a family', () => {
  const whole = page(family(gauge, label('a', 'b'), five), family(summary, integer(6, 1)))
  const ends = new Set([0, whole[0] === undefined ? 0 : whole[0] + 1, whole.length])
  for (let length = 0; length <= whole.length; length++) {
    const cut = whole.subarray(0, length)
    expect(typeof decoded(cut) === 'string', `${length} bytes`).toBe(!ends.has(length))
    expect(typeof scraped(cut, whole) === 'string', `${length} bytes`).toBe(!ends.has(length))
  }
})

test('a bucket without a count is zero, also where it moved since the page before', () => {
  const bucket = (bound: number): Bytes => delimited(3, double(2, bound))
  const content = delimited(7, [...integer(1, 3), ...double(2, 7), ...bucket(1), ...bucket(2)])
  const other = delimited(4, [...label('a', 'b'), ...content])
  const moved = [...family(histogram, content), ...other]
  const values = (lines: string[] | string) => Array.from(lines, (line) => line.split(' ')[1])
  const before = page(family(gauge, five), family(gauge, five), moved)
  const expected = ['3', '7', '0', '0', '3', '3', '7', '0', '0', '3']
  expect(values(scraped(page(moved)))).toEqual(expected)
  expect(values(scraped(page(moved), before))).toEqual(expected)
})
