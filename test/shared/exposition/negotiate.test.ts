import { expect, test } from 'vitest'
import { acceptsGzip, negotiate, textFormat } from '../../../shared/exposition/negotiate.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'

const text = 'text/plain; version=0.0.4; charset=utf-8; escaping='
const openMetrics = 'application/openmetrics-text; version='

function check(accept: string | undefined, off: string, on: string): void {
  expect(negotiate(accept, {}).contentType, accept).toBe(off)
  expect(negotiate(accept, { openMetrics: true }).contentType, accept).toBe(on)
}

test('the most wanted offered format wins and escaping is carried over', () => {
  check(undefined, `${text}underscores`, `${text}underscores`)
  check('*/*', `${text}underscores`, `${text}underscores`)
  check('text/html,*/*;q=0.8', `${text}underscores`, `${text}underscores`)
  check(
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
      'application/openmetrics-text;version=0.0.1;q=0.5,' +
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    `${text}allow-utf-8`,
    `${openMetrics}1.0.0; charset=utf-8; escaping=allow-utf-8`,
  )
  check(
    'application/openmetrics-text',
    `${text}underscores`,
    `${openMetrics}0.0.1; charset=utf-8; escaping=underscores`,
  )
  check('text/plain;version=1.0.0;escaping=dots', `${text}dots`, `${text}dots`)
  expect(textFormat.contentType).toBe(`${text}underscores`)
})

test('media types in any case, quoted values and q=0 are understood as RFC 9110 has them', () => {
  check(
    'Application/OpenMetrics-Text;version=1.0.0;escaping="allow-utf-8"',
    `${text}allow-utf-8`,
    `${openMetrics}1.0.0; charset=utf-8; escaping=allow-utf-8`,
  )
  // Nobody writes a blank page for want of an acceptable format: what is left is text.
  for (const q of ['0', '0.', '0.000', ' 0']) {
    const refused = `application/openmetrics-text;version=1.0.0;escaping=dots;q=${q}`
    check(refused, `${text}underscores`, `${text}underscores`)
    check(`text/plain;q=${q}`, `${text}underscores`, `${text}underscores`)
  }
  // Upstream makes 0 of what is no number, and sorts it last.
  check(
    'application/openmetrics-text;version=1.0.0;q=abc',
    `${text}underscores`,
    `${openMetrics}1.0.0; charset=utf-8; escaping=underscores`,
  )
  const proto = 'io.prometheus.client.MetricFamily'
  const accept = `application/vnd.google.protobuf;proto="${proto}";encoding="delimited"`
  expect(negotiate(accept, { protobuf: true }).kind).toBe('protobuf')
})

test('gzip is used only for those who name it', () => {
  const answers = { gzip: true, 'br, GZIP;q=0.5': true, 'deflate,gzip;q=1.0': true, '': false }
  for (const [header, expected] of Object.entries(answers)) {
    expect(acceptsGzip(header), header).toBe(expected)
  }
  for (const header of [
    undefined,
    '*',
    'identity',
    'gzip;q=0',
    'gzip; q=0.000',
    'zstd, br',
    'x-gzip',
  ]) {
    expect(acceptsGzip(header), header).toBe(false)
  }
})

itShared('the Accept headers of the corpus are answered as expfmt answers', (folder) => {
  type Case = {
    accept: string
    expected: { negotiate: string; negotiate_including_openmetrics: string }
  }
  for (const { accept, expected } of corpusCases<Case>(folder, 'negotiate')) {
    expect(negotiate(accept, { protobuf: true }).contentType, accept).toBe(expected.negotiate)
    expect(negotiate(accept, { protobuf: true, openMetrics: true }).contentType, accept).toBe(
      expected.negotiate_including_openmetrics,
    )
  }
})
