/** What clients see, as data: the same cases run against our program and against the original. */
import { gzipSync } from 'node:zlib'
import { encode } from '../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { textFormat } from '../../shared/exposition/negotiate.ts'

export type Call = readonly [
  method: string,
  path: string,
  body?: string | Uint8Array | undefined,
  headers?: Readonly<Record<string, string>>,
]

export type HttpCase = {
  readonly name: string
  /** Calls before the one that is looked at. */
  readonly before?: readonly Call[]
  readonly call: Call
  readonly status: number
  /** The whole body, or what it matches. */
  readonly body?: string | RegExp
  /** By lower-case name: the whole value, or what it matches; null is absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
  /** Lines that /metrics then has; a line after `!` it must not have. */
  readonly page?: readonly string[]
  /** Why Debian's 1.5.1 answers otherwise; then the case runs only against ours. */
  readonly differs?: string
}

const text = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
const empty = { 'content-length': '0', 'content-type': null }
const gzipped = (body: string) => gzipSync(body)
const gzip = { 'Content-Encoding': 'gzip' }
const openMetrics = { 'Content-Type': 'application/openmetrics-text; version=1.0.0' }
const snappy = { 'Content-Encoding': 'Snappy' }
/** `x 1` and a line feed, as Go's snappy.NewBufferedWriter writes it. */
const snappyX1 = Buffer.from('/wYAAHNOYVBwWQEIAAD1z9S5eCAxCg==', 'base64')
const x1 = 'x{instance="",job="a"} 1'

const protobuf =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'
const delimited = {
  ...textFormat,
  kind: 'protobuf',
  version: 'delimited',
  escaping: 'allow-utf-8',
} as const
const label = { name: 'l', value: 'v' }
const x: MetricFamily = { name: 'x', type: 'gauge', metrics: [{ labels: [], value: 1 }] }
const gaugeX = Buffer.from(encode([x], delimited))

const bad = (reason: string) => `text format parsing error in line ${reason}\n`
const inconsistent = (reason: RegExp) =>
  new RegExp(
    `^pushed metrics are invalid or inconsistent with existing metrics: ${reason.source}\\n$`,
    's',
  )

const noGroupsApi = 'it has no /api/v1/groups'

export const httpCases: readonly HttpCase[] = [
  // Pushes that are stored
  {
    name: 'PUT',
    call: ['PUT', '/metrics/job/a', 'x 1\n'],
    status: 200,
    body: '',
    headers: empty,
    page: [x1, '# TYPE x untyped'],
  },
  {
    name: 'POST',
    call: ['POST', '/metrics/job/a', 'x 1\n'],
    status: 200,
    body: '',
    headers: empty,
    page: [x1],
  },
  { name: 'PUT with query', call: ['PUT', '/metrics/job/a?x=1', 'x 1\n'], status: 200, page: [x1] },
  {
    name: 'labels',
    call: ['PUT', '/metrics/job/a/b/c/d/e', 'x 1\n'],
    status: 200,
    page: ['x{b="c",d="e",instance="",job="a"} 1'],
  },
  { name: 'trailing slash', call: ['PUT', '/metrics/job/a/', 'x 1\n'], status: 200, page: [x1] },
  {
    name: 'escapes in the path',
    call: ['PUT', '/metrics/job/a%20b/l/%CE%A0%22', 'x 1\n'],
    status: 200,
    page: ['x{instance="",job="a b",l="Π\\""} 1'],
  },
  {
    name: 'an escaped slash splits',
    call: ['PUT', '/metrics/job/a/l%2Fv', 'x 1\n'],
    status: 200,
    page: ['x{instance="",job="a",l="v"} 1'],
  },
  {
    name: 'base64',
    call: ['PUT', '/metrics/job@base64/YS9i/l@base64/8J-YgA', 'x 1\n'],
    status: 200,
    page: ['x{instance="",job="a/b",l="😀"} 1'],
  },
  {
    name: 'empty label',
    call: ['PUT', '/metrics/job/a/l@base64/=', 'x 1\n'],
    status: 200,
    page: ['x{instance="",job="a",l=""} 1'],
  },
  {
    name: 'empty body',
    before: [['PUT', '/metrics/job/a', 'x 1\n']],
    call: ['PUT', '/metrics/job/a', ''],
    status: 200,
    page: [`!${x1}`, 'push_failure_time_seconds{instance="",job="a"} 0'],
  },
  {
    name: 'POST keeps other families',
    before: [['PUT', '/metrics/job/a', 'x 1\ny 1\n']],
    call: ['POST', '/metrics/job/a', 'y 2\n'],
    status: 200,
    page: [x1, 'y{instance="",job="a"} 2'],
  },
  {
    name: 'PUT drops other families',
    before: [['PUT', '/metrics/job/a', 'x 1\ny 1\n']],
    call: ['PUT', '/metrics/job/a', 'y 2\n'],
    status: 200,
    page: [`!${x1}`, 'y{instance="",job="a"} 2'],
  },
  {
    name: 'labels of the body',
    call: ['PUT', '/metrics/job/a', 'x{job="b",instance="i",z="1"} 1\n'],
    status: 200,
    page: ['x{instance="i",job="a",z="1"} 1'],
  },
  {
    name: 'help and types',
    call: [
      'PUT',
      '/metrics/job/a',
      '# HELP c a \\\\ b\\nc\n# TYPE c counter\nc 1e6\n# TYPE g gauge\ng -0.00001\n',
    ],
    status: 200,
    page: [
      '# HELP c a \\\\ b\\nc',
      '# TYPE c counter',
      'c{instance="",job="a"} 1e+06',
      'g{instance="",job="a"} -1e-05',
    ],
  },
  {
    name: 'histogram',
    call: ['PUT', '/metrics/job/a', '# TYPE h histogram\nh_bucket{le="1"} 1\nh_count 3\nh_sum 2\n'],
    status: 200,
    page: [
      'h_bucket{instance="",job="a",le="1"} 1',
      'h_bucket{instance="",job="a",le="+Inf"} 3',
      'h_sum{instance="",job="a"} 2',
      'h_count{instance="",job="a"} 3',
    ],
  },
  {
    name: 'summary',
    call: ['PUT', '/metrics/job/a', '# TYPE s summary\ns{quantile="0.5"} 1\ns_count 3\ns_sum 2\n'],
    status: 200,
    page: [
      's{instance="",job="a",quantile="0.5"} 1',
      's_sum{instance="",job="a"} 2',
      's_count{instance="",job="a"} 3',
    ],
  },
  {
    name: 'values',
    call: [
      'PUT',
      '/metrics/job/a',
      'x{v="1"} NaN\nx{v="2"} +Inf\nx{v="3"} -inf\nx{v="4"} -0\nx{v="5"} 123456.7\n',
    ],
    status: 200,
    page: [
      'x{instance="",job="a",v="1"} NaN',
      'x{instance="",job="a",v="2"} +Inf',
      'x{instance="",job="a",v="3"} -Inf',
      'x{instance="",job="a",v="4"} 0',
      'x{instance="",job="a",v="5"} 123456.7',
    ],
  },
  {
    name: 'gzip',
    call: ['PUT', '/metrics/job/a', gzipped('x 1\n'), gzip],
    status: 200,
    page: [x1],
  },
  {
    name: 'gzip of several members',
    call: ['PUT', '/metrics/job/a', Buffer.concat([gzipped('x 1\n'), gzipped('y 1\n')]), gzip],
    status: 200,
    page: [x1, 'y{instance="",job="a"} 1'],
  },
  {
    name: 'other codings are not looked at',
    call: ['PUT', '/metrics/job/a', 'x 1\n', { 'Content-Encoding': 'br' }],
    status: 200,
    page: [x1],
  },
  {
    name: 'other types are text',
    call: ['PUT', '/metrics/job/a', 'x 1\n', { 'Content-Type': 'application/json' }],
    status: 200,
    page: [x1],
  },
  {
    name: 'the same group by other spellings',
    before: [['PUT', '/metrics/job/a/b/1/c/2', 'x 1\n']],
    call: ['PUT', '/metrics/job@base64/YQ==/c/2/b@base64/MQ', 'y 1\n'],
    status: 200,
    page: ['!x{b="1",c="2",instance="",job="a"} 1', 'y{b="1",c="2",instance="",job="a"} 1'],
  },

  // Refused for the path
  {
    name: 'no job',
    call: ['PUT', '/metrics/job', 'x 1\n'],
    status: 404,
    body: '404 page not found\n',
    headers: text,
  },
  {
    name: 'empty job',
    call: ['PUT', '/metrics/job@base64/=', 'x 1\n'],
    status: 400,
    body: 'job name is required\n',
    headers: text,
  },
  {
    name: 'odd components',
    call: ['PUT', '/metrics/job/a/b', 'x 1\n'],
    status: 400,
    body: 'odd number of components in label string "/b"\n',
    headers: text,
  },
  {
    name: 'bad label name',
    call: ['PUT', '/metrics/job/a/0b/c', 'x 1\n'],
    status: 400,
    body: 'improper label name "0b"\n',
  },
  {
    name: 'reserved label name',
    call: ['POST', '/metrics/job/a/__b/c', 'x 1\n'],
    status: 400,
    body: 'improper label name "__b"\n',
  },
  {
    name: 'bad base64 label',
    call: ['PUT', '/metrics/job/a/b@base64/x+y', 'x 1\n'],
    status: 400,
    body: 'invalid base64 encoding for label b="x+y": illegal base64 data at input byte 1\n',
  },
  {
    name: 'bad base64 job',
    call: ['PUT', '/metrics/job@base64/x+y', 'x 1\n'],
    status: 400,
    body: 'invalid base64 encoding in job name "": illegal base64 data at input byte 1\n',
    differs: 'it hangs for good',
  },
  {
    name: 'job that is not UTF-8',
    call: ['PUT', '/metrics/job/%FF', 'x 1\n'],
    status: 400,
    body: 'value of label job is not valid UTF-8: "\\xff"\n',
    differs: 'it stores a group that fails every scrape',
  },
  {
    name: 'broken escape',
    call: ['PUT', '/metrics/job/%zz', 'x 1\n'],
    status: 400,
    body: '400 Bad Request',
  },

  // Refused for the body
  {
    name: 'no line end',
    call: ['PUT', '/metrics/job/a', 'x 1'],
    status: 400,
    body: bad('1: unexpected end of input stream'),
    headers: text,
    page: ['!push_time_seconds{instance="",job="a"} 0'],
  },
  {
    name: 'CRLF',
    call: ['PUT', '/metrics/job/a', 'x 1\r\n'],
    status: 400,
    body: bad('1: expected float as value, got "1\\r"'),
  },
  {
    name: 'bad value',
    call: ['PUT', '/metrics/job/a', 'x 1\ny abc\n'],
    status: 400,
    body: bad('2: expected float as value, got "abc"'),
  },
  {
    name: 'bad name',
    call: ['PUT', '/metrics/job/a', '0x 1\n'],
    status: 400,
    body: bad('1: invalid metric name'),
  },
  {
    name: 'trailing blank',
    call: ['PUT', '/metrics/job/a', 'x 1 \n'],
    status: 400,
    body: bad('1: expected integer as timestamp, got ""'),
  },
  {
    name: 'bad type',
    call: ['PUT', '/metrics/job/a', '# TYPE x foo\n'],
    status: 400,
    body: bad('1: unknown metric type "foo"'),
  },
  {
    name: 'second TYPE',
    call: ['PUT', '/metrics/job/a', '# TYPE x gauge\n# TYPE x gauge\n'],
    status: 400,
    body: bad('2: second TYPE line for metric name "x", or TYPE reported after samples'),
  },
  {
    name: 'empty gzip body',
    call: ['PUT', '/metrics/job/a', '', gzip],
    status: 400,
    body: 'EOF\n',
  },
  {
    name: 'no gzip',
    call: ['PUT', '/metrics/job/a', 'x 1\nxxxxxxxxxxxxxxxxx', gzip],
    status: 400,
    body: 'gzip: invalid header\n',
  },
  {
    name: 'cut gzip',
    call: ['PUT', '/metrics/job/a', gzipped('x 1\n').subarray(0, 15), gzip],
    status: 400,
    body: 'unexpected EOF\n',
    differs: 'it takes what it got',
  },
  {
    name: 'snappy',
    call: ['PUT', '/metrics/job/a', snappyX1, snappy],
    status: 200,
    body: '',
    page: [x1],
    differs: 'it does not know snappy, as newer releases do, and takes the bytes as text',
  },
  {
    name: 'empty snappy body',
    call: ['PUT', '/metrics/job/a', '', snappy],
    status: 200,
    page: ['push_failure_time_seconds{instance="",job="a"} 0'],
  },
  {
    name: 'no snappy',
    call: ['PUT', '/metrics/job/a', 'x 1\n', snappy],
    status: 400,
    body: 'snappy: corrupt input\n',
    headers: text,
    differs: 'it does not know snappy, as newer releases do, and takes the bytes as text',
  },
  {
    name: 'OpenMetrics',
    call: [
      'PUT',
      '/metrics/job/a',
      '# TYPE x counter\nx_total 1 # {id="1"} 0.5\n# EOF\n',
      openMetrics,
    ],
    status: 200,
    page: ['# TYPE x_total counter', 'x_total{instance="",job="a"} 1'],
    differs: 'it reads OpenMetrics as text, and exemplars as bad timestamps',
  },
  {
    name: 'OpenMetrics that is wrong',
    call: ['PUT', '/metrics/job/a', 'x 1\n\n# EOF\n', openMetrics],
    status: 400,
    body: 'openmetrics parsing error in line 2: blank lines are not allowed\n',
    differs: 'it reads OpenMetrics as text, to which this is right',
  },
  {
    name: 'text that says it is OpenMetrics',
    call: ['PUT', '/metrics/job/a', '# a comment\n\n# TYPE x gauge\nx 1\n', openMetrics],
    status: 200,
    page: ['# TYPE x gauge', x1],
  },
  {
    name: 'no OpenMetrics for scrapers',
    before: [['PUT', '/metrics/job/a', 'x 1\n']],
    call: ['GET', '/metrics', undefined, { Accept: 'application/openmetrics-text; version=1.0.0' }],
    status: 200,
    headers: { 'content-type': /^text\/plain; version=0.0.4/ },
  },
  {
    name: 'protobuf of another encoding is text',
    call: [
      'PUT',
      '/metrics/job/a',
      'x 1\n',
      { 'Content-Type': protobuf.replace('delimited', 'text') },
    ],
    status: 200,
    page: [x1],
  },
  {
    name: 'protobuf',
    call: ['PUT', '/metrics/job/a', gaugeX, { 'Content-Type': protobuf }],
    status: 200,
    body: '',
    headers: empty,
    page: ['# TYPE x gauge', x1],
  },
  {
    name: 'empty protobuf',
    call: ['PUT', '/metrics/job/a', '', { 'Content-Type': protobuf }],
    status: 200,
    page: ['push_failure_time_seconds{instance="",job="a"} 0'],
  },
  {
    name: 'cut protobuf',
    call: ['PUT', '/metrics/job/a', gaugeX.subarray(0, -1), { 'Content-Type': protobuf }],
    status: 400,
    body: 'unexpected EOF\n',
  },
  {
    name: 'protobuf with a timestamp',
    call: [
      'PUT',
      '/metrics/job/a',
      encode([{ ...x, metrics: [{ labels: [], value: 1, timestampMs: 1n }] }], delimited),
      { 'Content-Type': protobuf },
    ],
    status: 400,
    body: inconsistent(/pushed metrics must not have timestamps/),
  },
  {
    name: 'protobuf with a value of another type',
    call: [
      'PUT',
      '/metrics/job/a',
      encode([{ ...x, metrics: [{ labels: [], valueless: true }] }], delimited),
      { 'Content-Type': protobuf },
    ],
    status: 400,
    body: inconsistent(/collected metric "x" .* is not a GAUGE/),
  },
  {
    name: 'protobuf with a label twice',
    call: [
      'PUT',
      '/metrics/job/a',
      encode([{ ...x, metrics: [{ labels: [label, label], value: 1 }] }], delimited),
      { 'Content-Type': protobuf },
    ],
    status: 400,
    body: inconsistent(/collected metric "x" .* has two or more labels with the same name: l/),
  },
  {
    name: 'protobuf with an empty name',
    call: [
      'PUT',
      '/metrics/job/a',
      encode([{ ...x, name: '' }], delimited),
      { 'Content-Type': protobuf },
    ],
    status: 400,
    body: 'invalid metric name ""\n',
    differs: 'it stores it, and then every page is empty',
  },
  {
    name: 'protobuf with a name that is not legacy',
    call: [
      'PUT',
      '/metrics/job/a',
      encode([{ ...x, name: 'x.y' }], delimited),
      { 'Content-Type': protobuf },
    ],
    status: 400,
    body: 'invalid metric name "x.y"\n',
    differs: 'it takes any name in protobuf, whatever --push.enable-utf8-names says',
  },
  {
    name: 'protobuf with a type that is not known',
    call: [
      'PUT',
      '/metrics/job/a',
      encode([{ ...x, typeNumber: 100, metrics: [{ labels: [], valueless: true }] }], delimited),
      { 'Content-Type': protobuf },
    ],
    status: 400,
    body: inconsistent(/family "x" has a metric type that is not known: 100/),
    differs: 'it stores it, and the page ends there',
  },
  {
    name: 'protobuf with le in a histogram',
    call: [
      'PUT',
      '/metrics/job/a',
      encode(
        [
          {
            name: 'h',
            type: 'histogram',
            metrics: [{ labels: [{ name: 'le', value: '1' }], count: 1n, sum: 1, buckets: [] }],
          },
        ],
        delimited,
      ),
      { 'Content-Type': protobuf },
    ],
    status: 400,
    body: inconsistent(/collected metric "h" .* must not have an explicit "le" label/),
    differs: 'it stores it, and the page has le twice',
  },

  {
    name: 'a page in protobuf',
    before: [['PUT', '/metrics/job/a', gaugeX, { 'Content-Type': protobuf }]],
    call: ['GET', '/metrics', undefined, { Accept: `${protobuf},*/*;q=0.1` }],
    status: 200,
    headers: { 'content-type': `${protobuf}; escaping=underscores`, 'content-encoding': null },
    differs: 'its Content-Type has no escaping',
  },
  {
    name: 'a page in the text form of protobuf',
    before: [['PUT', '/metrics/job/a', gaugeX, { 'Content-Type': protobuf }]],
    call: ['GET', '/metrics', undefined, { Accept: protobuf.replace('delimited', 'compact-text') }],
    status: 200,
    body: /^name:"x" type:GAUGE metric:\{label:\{name:"instance" value:""\} label:\{name:"job" value:"a"\} gauge:\{value:1\}\}$/m,
    differs: 'it puts messages in angle brackets, as its library did then',
  },
  {
    name: 'a page for those who take anything',
    before: [['PUT', '/metrics/job/a', gaugeX, { 'Content-Type': protobuf }]],
    call: ['GET', '/metrics', undefined, { Accept: '*/*' }],
    status: 200,
    body: /^# TYPE x gauge\nx\{instance="",job="a"\} 1\n/m,
  },

  // Refused for what is there
  {
    name: 'timestamp',
    call: ['PUT', '/metrics/job/a', 'x 1 1\n'],
    status: 400,
    body: inconsistent(/pushed metrics must not have timestamps/),
    headers: text,
    page: ['push_time_seconds{instance="",job="a"} 0'],
  },
  {
    name: 'other type',
    before: [['PUT', '/metrics/job/a', '# TYPE x gauge\nx 1\n']],
    call: ['PUT', '/metrics/job/b', '# TYPE x counter\nx 1\n'],
    status: 400,
    // Which of the two the original takes for the right one is up to the order of a Go map.
    body: inconsistent(/collected metric "x" \{.*\} is not a (GAUGE|COUNTER)/),
    page: [x1, '!x{instance="",job="b"} 1', 'push_time_seconds{instance="",job="b"} 0'],
  },
  {
    name: 'duplicate in the push',
    call: ['PUT', '/metrics/job/a', 'x 1\nx 2\n'],
    status: 400,
    body: inconsistent(
      /collected metric "x" \{.*\} was collected before with the same name and label values/,
    ),
  },
  {
    name: 'duplicate in another group',
    before: [['PUT', '/metrics/job/a/instance/i', 'x 1\n']],
    call: ['PUT', '/metrics/job/a', 'x{instance="i"} 1\n'],
    status: 400,
    body: inconsistent(
      /collected metric "x" \{.*\} was collected before with the same name and label values/,
    ),
  },
  {
    name: 'suffix of a histogram',
    before: [['PUT', '/metrics/job/a', '# TYPE h histogram\nh_sum 1\n']],
    call: ['PUT', '/metrics/job/b', 'h_count 1\n'],
    status: 400,
    body: inconsistent(
      /collected .* named "h(_count)?" collides with previously collected .* named "h(_count)?"/,
    ),
  },
  {
    name: 'own family, other type',
    call: ['PUT', '/metrics/job/a', '# TYPE process_open_fds counter\nprocess_open_fds 1\n'],
    status: 400,
    body: inconsistent(
      /gathered metric family process_open_fds has type COUNTER but should have GAUGE/,
    ),
  },
  {
    name: 'own family, own type',
    call: ['PUT', '/metrics/job/a', '# TYPE process_open_fds gauge\nprocess_open_fds 1\n'],
    status: 200,
    page: ['process_open_fds{instance="",job="a"} 1'],
  },
  {
    name: 'two groups of equal labels',
    before: [['PUT', '/metrics/job/a', 'x 1\n']],
    call: ['PUT', '/metrics/job/a/instance@base64/=', 'y 1\n'],
    status: 400,
    body: inconsistent(/.*was collected before with the same name and label values/),
    page: [x1],
    differs: 'its failure time then fails every scrape',
  },

  // DELETE
  {
    name: 'DELETE',
    before: [
      ['PUT', '/metrics/job/a', 'x 1\n'],
      ['PUT', '/metrics/job/a/b/c', 'y 1\n'],
    ],
    call: ['DELETE', '/metrics/job/a'],
    status: 202,
    body: '',
    headers: empty,
    page: [`!${x1}`, 'y{b="c",instance="",job="a"} 1'],
  },
  { name: 'DELETE of nothing', call: ['DELETE', '/metrics/job/nothing'], status: 202, body: '' },
  {
    name: 'DELETE of a bad path',
    call: ['DELETE', '/metrics/job/a/b'],
    status: 400,
    body: 'odd number of components in label string "/b"\n',
  },

  // Other methods, other paths
  {
    name: 'GET of a push path',
    call: ['GET', '/metrics/job/a'],
    status: 405,
    body: 'Method Not Allowed\n',
    headers: { ...text, allow: 'DELETE, OPTIONS, POST, PUT' },
  },
  {
    name: 'HEAD of the metrics',
    call: ['HEAD', '/metrics'],
    status: 405,
    headers: { allow: 'GET, OPTIONS' },
  },
  {
    name: 'POST to the metrics',
    call: ['POST', '/metrics'],
    status: 405,
    body: 'Method Not Allowed\n',
  },
  {
    name: 'OPTIONS of a push path',
    call: ['OPTIONS', '/metrics/job/a'],
    status: 200,
    body: '',
    headers: { allow: 'DELETE, OPTIONS, POST, PUT' },
  },
  { name: 'HEAD of healthy', call: ['HEAD', '/-/healthy'], status: 405 },
  {
    name: 'healthy',
    call: ['GET', '/-/healthy'],
    status: 200,
    body: 'OK',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  },
  { name: 'ready', call: ['GET', '/-/ready'], status: 200, body: 'OK' },
  {
    name: 'quit, which is off',
    call: ['PUT', '/-/quit'],
    status: 403,
    body: 'Lifecycle API is not enabled.',
  },
  {
    name: 'GET of quit',
    call: ['GET', '/-/quit'],
    status: 405,
    body: 'Only POST or PUT requests allowed.',
    headers: { allow: null },
  },
  {
    name: 'wipe',
    before: [
      ['PUT', '/metrics/job/a', 'x 1\n'],
      ['PUT', '/metrics/job/b', 'x 1\n'],
    ],
    call: ['PUT', '/api/v1/admin/wipe'],
    status: 202,
    body: '',
    page: [`!${x1}`, '!x{instance="",job="b"} 1'],
  },
  {
    name: 'GET of wipe',
    call: ['GET', '/api/v1/admin/wipe'],
    status: 405,
    headers: { allow: 'OPTIONS, PUT' },
  },
  {
    name: 'unknown path',
    call: ['GET', '/nothing'],
    status: 404,
    body: '404 page not found\n',
    headers: text,
  },
  {
    name: 'slash behind the metrics',
    call: ['GET', '/metrics/'],
    status: 301,
    headers: { location: '/metrics' },
  },
  { name: 'wrong case', call: ['GET', '/Metrics'], status: 301, headers: { location: '/metrics' } },
  {
    name: 'wrong case of a push',
    call: ['PUT', '/METRICS/JOB/A', 'x 1\n'],
    status: 307,
    headers: { location: '/metrics/job/A' },
  },
  {
    name: 'double slash',
    call: ['PUT', '/metrics//job/a?q=1', 'x 1\n'],
    status: 307,
    headers: { location: '/metrics/job/a?q=1' },
    differs: 'it answers 301, which turns a PUT into a GET',
  },
  {
    name: 'dots',
    call: ['GET', '/x/../metrics'],
    status: 307,
    headers: { location: '/metrics' },
    differs: 'it answers 301',
  },

  // API
  {
    name: 'API of no groups',
    call: ['GET', '/api/v1/metrics'],
    status: 200,
    body: '{"status":"success","data":[]}',
    headers: {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Date',
    },
  },
  {
    name: 'API of a gauge',
    before: [['PUT', '/metrics/job/a/l/v', '# HELP x help\n# TYPE x gauge\nx{m="1"} -0\n']],
    call: ['GET', '/api/v1/metrics'],
    status: 200,
    body: /^\{"status":"success","data":\[\{"labels":\{"job":"a","l":"v"\},"last_push_successful":true,"push_failure_time_seconds":\{.*"x":\{"time_stamp":"20\d\d-[^"]*","type":"GAUGE","help":"help","metrics":\[\{"labels":\{"instance":"","job":"a","l":"v","m":"1"\},"value":"-0"\}\]\}\}\]\}$/,
  },
  {
    name: 'API of a histogram',
    before: [
      ['PUT', '/metrics/job/a', '# TYPE h histogram\nh_bucket{le="2.5"} 1\nh_count 3\nh_sum 2e6\n'],
    ],
    call: ['GET', '/api/v1/metrics'],
    status: 200,
    body: /"metrics":\[\{"buckets":\{"2.5":"1"\},"count":"3","labels":\{"instance":"","job":"a"\},"sum":"2e\+06"\}\]/,
  },
  {
    name: 'API of a summary',
    before: [
      ['PUT', '/metrics/job/a', '# TYPE s summary\ns{quantile="0.5"} NaN\ns_count 3\ns_sum 2\n'],
    ],
    call: ['GET', '/api/v1/metrics'],
    status: 200,
    body: /"metrics":\[\{"count":"3","labels":\{"instance":"","job":"a"\},"quantiles":\{"0.5":"NaN"\},"sum":"2"\}\]/,
  },
  {
    name: 'API of a failed group',
    before: [['PUT', '/metrics/job/a', 'x 1 1\n']],
    call: ['GET', '/api/v1/metrics'],
    status: 200,
    body: /"last_push_successful":false/,
  },
  {
    name: 'API status',
    call: ['GET', '/api/v1/status'],
    status: 200,
    body: /^\{"status":"success","data":\{"build_information":\{"branch":.*"version":"[^"]+"\},"flags":\{.*"web.telemetry-path":"\/metrics"\},"start_time":"[^"]+"\}\}$/,
  },
  {
    name: 'API deletes the groups that match',
    before: [
      ['PUT', '/metrics/job/a', 'x 1\n'],
      ['PUT', '/metrics/job/a/l/v', 'x 1\ny 1\n'],
      ['PUT', '/metrics/job/b', 'x 1\n'],
    ],
    call: ['DELETE', '/api/v1/groups?match[]={job="a"}&match[]={job=~"c|d"}'],
    status: 200,
    body: /^\{"status":"success","data":\{"dry_run":false,"count":2,"series_count":3,"groups":\[\{"labels":\{"job":"a"/,
    page: [`!${x1}`, '!x{instance="",job="a",l="v"} 1', 'x{instance="",job="b"} 1'],
    differs: noGroupsApi,
  },
  {
    name: 'API deletes nothing in a dry run',
    before: [['PUT', '/metrics/job/a', 'x 1\n']],
    call: ['DELETE', '/api/v1/groups?dry_run=true&match[]={job="a"}'],
    status: 200,
    body: /"dry_run":true,"count":1,"series_count":1,"groups":\[\{"labels":\{"job":"a"\},/,
    page: [x1],
    differs: noGroupsApi,
  },
  {
    name: 'API deletes nothing where nothing matches',
    call: ['DELETE', '/api/v1/groups?match[]={job="a"}'],
    status: 200,
    body: '{"status":"success","data":{"dry_run":false,"count":0,"series_count":0,"groups":[]}}',
    differs: noGroupsApi,
  },
  ...[
    ['', 'match[] is missing: say which groups, as in match[]={job="import"}'],
    ['match={job="a"}', 'there is no parameter "match": match[] and dry_run are'],
    ['match[]={job="a"}&dryrun=true', 'there is no parameter "dryrun": match[] and dry_run are'],
    ['match[]={job="a"}&dry_run=1', 'dry_run must be true or false, once'],
    ['match[]={job="a"}&dry_run=false&dry_run=true', 'dry_run must be true or false, once'],
    ['match[]={job=}', 'match[] "{job=}": column 6: expected a value in quotes, found "}"'],
    [
      'match[]={}',
      'match[] "{}": column 1: one matcher must ask for a label that is not empty, as job="import" or job=~".+" do',
    ],
  ].map(([query, reason]) => ({
    name: `API deletes nothing for ?${query}`,
    before: [['PUT', '/metrics/job/a', 'x 1\n'] as const],
    call: ['DELETE', `/api/v1/groups?${query}`] as const,
    status: 400,
    body: `${reason}\n`,
    headers: text,
    page: [x1],
    differs: noGroupsApi,
  })),
  {
    name: 'API lists the groups that match',
    before: [
      ['PUT', '/metrics/job/a', 'x 1\n'],
      ['PUT', '/metrics/job/b', 'y 1\n'],
    ],
    call: ['GET', '/api/v1/groups?match[]=y{job!="a"}&search=b'],
    status: 200,
    body: /^\{"status":"success","data":\{"total":1,"groups":\[\{"labels":\{"job":"b"\}/,
    differs: noGroupsApi,
  },
  {
    name: 'API refuses a list for what is no selector',
    call: ['GET', '/api/v1/groups?match[]={job'],
    status: 400,
    body: 'match[] "{job": column 5: expected =, !=, =~ or !~, found the end\n',
    differs: noGroupsApi,
  },
  {
    name: 'API preflight',
    call: ['OPTIONS', '/api/v1/anything'],
    status: 200,
    body: '',
    headers: { 'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS' },
  },
  {
    name: 'the page',
    call: ['GET', '/'],
    status: 200,
    body: /<html/,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  },
  { name: 'OPTIONS of the server', call: ['OPTIONS', '*'], status: 200, body: '' },
]
