/** What a metrics endpoint tells about itself, under promhttp's names. */
import { family } from './declare.ts'
import { Registry } from './registry.ts'

export type HandlerMetrics = {
  readonly registry: Registry
  setInFlight(requests: number): void
  countRequest(status: number): void
  countError(cause: 'encoding' | 'gathering'): void
}

/** The registry shows all its series from the start, with 0. */
export function handlerMetrics(): HandlerMetrics {
  const registry = new Registry()
  const requests = new Map([200, 500, 503].map((status) => [status, 0]))
  const errors = { encoding: 0, gathering: 0 }
  for (const status of requests.keys()) registry.add(requestsTotal, 0, String(status))
  registry.add(errorsTotal, 0, 'encoding')
  registry.add(errorsTotal, 0, 'gathering')
  const inFlight = registry.series(requestsInFlight)
  inFlight.set(0)
  return {
    registry,
    setInFlight: (count) => inFlight.set(count),
    countRequest(status) {
      const count = (requests.get(status) ?? 0) + 1
      requests.set(status, count)
      registry.add(requestsTotal, count, String(status))
    },
    countError(cause) {
      registry.add(errorsTotal, ++errors[cause], cause)
    },
  }
}

const requestsTotal = family(
  'counter',
  'promhttp_metric_handler_requests_total',
  'Scrapes answered, by HTTP status code.',
  ['code'],
)
const requestsInFlight = family(
  'gauge',
  'promhttp_metric_handler_requests_in_flight',
  'Scrapes being answered at this moment.',
  [],
)
const errorsTotal = family(
  'counter',
  'promhttp_metric_handler_errors_total',
  'Scrapes in which metrics had to be left out, by the step that went wrong.',
  ['cause'],
)
