import { expect, test } from 'vitest'
import type { ScrapeProtocol } from '../../../pullserver/config/scrape-protocol.ts'
import { type BodyKind, bodyKind } from '../../../pullserver/scrape/content-type.ts'

function check(contentType: string, expected: BodyKind, fallback?: ScrapeProtocol): void {
  expect({ contentType, kind: bodyKind(contentType, fallback) }).toEqual({
    contentType,
    kind: expected,
  })
}

function refuse(contentType: string, ...reason: string[]): void {
  let message = ''
  try {
    bodyKind(contentType, undefined)
  } catch (error) {
    message = error instanceof Error ? error.message : ''
  }
  expect(message.split('\n').slice(0, -1)).toEqual(reason)
}

test('the media type decides, parameters do not', () => {
  check('text/plain', 'text')
  check('text/plain; version=0.0.4; charset=utf-8', 'text')
  check('Text/Plain;charset="utf-8" ;', 'text')
  check('application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics')
  check('application/vnd.google.protobuf', 'protobuf')
})

test('the fallback stands in for what is blank, broken or unknown', () => {
  check('', 'text', 'PrometheusText0.0.4')
  check('text/html', 'openmetrics', 'OpenMetricsText1.0.0')
  check('text;;plain/', 'text', 'PrometheusText1.0.0')
  check('application/octet-stream', 'protobuf', 'PrometheusProto')
})

test('without a fallback the refusal is the one of Prometheus', () => {
  refuse(
    '',
    'non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target',
  )
  refuse(
    'text/html',
    'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
  )
  refuse(
    'text;;plain/',
    'cannot parse Content-Type "text;;plain/" and no fallback_scrape_protocol for target',
    'mime: invalid media parameter',
  )
  refuse(
    'application/json; encoding=delimited',
    'received unsupported Content-Type "application/json; encoding=delimited" and no fallback_scrape_protocol specified for target',
  )
})
