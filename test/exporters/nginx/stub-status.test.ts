/** The stub_status page: what nginx and Tengine write, and what must not pass for it. */
import { expect, test } from 'vitest'
import {
  parseStubStatus,
  type StubStatus,
  showStubStatus,
  stubStatusFamilies,
} from '../../../exporters/nginx/stub-status.ts'
import { textFormat } from '../../../shared/exposition/negotiate.ts'
import { Page } from '../../../shared/exposition/page.ts'
import { Registry } from '../../../shared/exposition/registry.ts'

const recorded =
  'Active connections: 1 \nserver accepts handled requests\n 11 12 13 \nReading: 0 Writing: 2 Waiting: 3 \n'

const status: StubStatus = {
  active: 1,
  accepted: 11,
  handled: 12,
  requests: 13,
  reading: 0,
  writing: 2,
  waiting: 3,
}

function check(text: string, expected: Partial<StubStatus>): void {
  expect(parseStubStatus(text)).toEqual({ ...status, ...expected })
}

function checkError(text: string, shown = ''): void {
  expect(() => parseStubStatus(text), text).toThrow(`the answer is no stub_status page: "${shown}`)
}

test('parse reads what nginx writes', () => {
  check(recorded, {}) // nginx 1.22, with its spaces at line ends
  check(recorded.trim(), {})
  check(recorded.replaceAll('\n', '\r\n'), {}) // through a proxy that rewrites
  check(`\n ${recorded}\n`, {})
  check(recorded.replace('13', '9007199254740991'), { requests: 9007199254740991 })
  check(recorded.replace('requests\n', 'requests request_time\n').replace('13 ', '13 7060 '), {}) // Tengine
})

test('parse refuses all else and shows its beginning', () => {
  checkError('', '"')
  checkError('not a status page\n', 'not a status page\\n"')
  checkError('<html><head><title>502 Bad Gateway</title></head></html>', '<html><head>')
  checkError('x'.repeat(100_000), `${'x'.repeat(80)}..."`)
  checkError(recorded.slice(0, -12)) // cut off
  checkError(`${recorded}more`)
  checkError(recorded.replace('11', '-1'))
  checkError(recorded.replace('11', '1.5'))
  checkError(recorded.replace('Reading', 'Writing'))
  checkError('\u0000\u0001\ufffd', '\\u0000\\u0001')
})

function page(registry: Registry): string {
  const text = Buffer.from(new Page().render([registry], textFormat)).toString()
  return text.replace(/^# HELP.*\n/gm, '')
}

test('the families are those of the original', () => {
  const registry = new Registry()
  showStubStatus(registry, stubStatusFamilies(['env']), ['prod'], status)
  expect(page(registry)).toBe(`# TYPE nginx_connections_accepted counter
nginx_connections_accepted{env="prod"} 11
# TYPE nginx_connections_active gauge
nginx_connections_active{env="prod"} 1
# TYPE nginx_connections_handled counter
nginx_connections_handled{env="prod"} 12
# TYPE nginx_connections_reading gauge
nginx_connections_reading{env="prod"} 0
# TYPE nginx_connections_waiting gauge
nginx_connections_waiting{env="prod"} 3
# TYPE nginx_connections_writing gauge
nginx_connections_writing{env="prod"} 2
# TYPE nginx_http_requests_total counter
nginx_http_requests_total{env="prod"} 13
# TYPE nginx_up gauge
nginx_up{env="prod"} 1
`)
})

test('without a status only nginx_up is left', () => {
  const registry = new Registry()
  const declared = stubStatusFamilies([])
  showStubStatus(registry, declared, [], status)
  showStubStatus(registry, declared, [], undefined)
  expect(page(registry)).toBe('# TYPE nginx_up gauge\nnginx_up 0\n')
})
