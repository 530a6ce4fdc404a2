/** The page of nginx's stub_status module: seven numbers in words. */
import { families } from '../../shared/exposition/declare.ts'
import type { Registry } from '../../shared/exposition/registry.ts'

export type StubStatus = {
  readonly active: number
  readonly accepted: number
  readonly handled: number
  readonly requests: number
  readonly reading: number
  readonly writing: number
  readonly waiting: number
}

/** https://nginx.org/en/docs/http/ngx_http_stub_status_module.html#stub_status; Tengine adds request_time. */
const page = new RegExp(
  [
    '^\\s*Active connections: *(?<active>\\d+)',
    '\\s+server accepts handled requests(?: request_time)?',
    '\\s+(?<accepted>\\d+) +(?<handled>\\d+) +(?<requests>\\d+)(?: +\\d+)?',
    '\\s+Reading: *(?<reading>\\d+) +Writing: *(?<writing>\\d+) +Waiting: *(?<waiting>\\d+)\\s*$',
  ].join(''),
)

/** Throws a SyntaxError that shows the beginning of what is no status page. */
export function parseStubStatus(text: string): StubStatus {
  const found = page.exec(text)?.groups
  if (found === undefined) {
    const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
    throw new SyntaxError(`the answer is no stub_status page: ${shown}`)
  }
  const number = (name: keyof StubStatus): number => Number(found[name])
  return {
    active: number('active'),
    accepted: number('accepted'),
    handled: number('handled'),
    requests: number('requests'),
    reading: number('reading'),
    writing: number('writing'),
    waiting: number('waiting'),
  }
}

export type StubStatusFamilies = ReturnType<typeof stubStatusFamilies>

/** @param labelNames of the constant labels and, with several nginx, `addr` */
export function stubStatusFamilies(labelNames: readonly string[]) {
  return {
    ...families('gauge', labelNames, {
      nginx_up: 'Whether the last scrape got the numbers of nginx: 1 if so, 0 if not.',
      nginx_connections_active: 'Client connections that are open, waiting ones included.',
      nginx_connections_reading: 'Connections of which nginx is reading the request header.',
      nginx_connections_writing: 'Connections to which nginx is writing a response.',
      nginx_connections_waiting: 'Connections kept alive without a request at the moment.',
    }),
    ...families('counter', labelNames, {
      nginx_connections_accepted: 'Client connections accepted since nginx started.',
      nginx_connections_handled:
        'Client connections handled since nginx started; fewer than accepted when a limit was reached.',
      nginx_http_requests_total: 'Client requests since nginx started.',
    }),
  }
}

/** Shows the status, or without one only that nginx is away. */
export function showStubStatus(
  registry: Registry,
  declared: StubStatusFamilies,
  labelValues: readonly string[],
  status: StubStatus | undefined,
): void {
  registry.begin()
  registry.add(declared.nginx_up, status === undefined ? 0 : 1, ...labelValues)
  if (status !== undefined) {
    registry.add(declared.nginx_connections_accepted, status.accepted, ...labelValues)
    registry.add(declared.nginx_connections_active, status.active, ...labelValues)
    registry.add(declared.nginx_connections_handled, status.handled, ...labelValues)
    registry.add(declared.nginx_connections_reading, status.reading, ...labelValues)
    registry.add(declared.nginx_connections_waiting, status.waiting, ...labelValues)
    registry.add(declared.nginx_connections_writing, status.writing, ...labelValues)
    registry.add(declared.nginx_http_requests_total, status.requests, ...labelValues)
  }
  registry.end()
}
