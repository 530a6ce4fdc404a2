import { expect, test } from 'vitest'
import { createSelfMetrics } from '../../shared/self-metrics.ts'

test('counters, gauges and histograms become families of our model', async () => {
  const metrics = createSelfMetrics()
  metrics.counter('plain_total', 'No labels.').inc()
  const requests = metrics.counter('requests_total', 'By code and method.', ['method', 'code'])
  requests.inc({ method: 'put', code: '200' }, 3)
  metrics.gauge('in_flight', 'Now.').set(-1)
  const wait = metrics.histogram('wait_seconds', 'Waiting.', [0.1, 1], ['path'])
  wait.observe({ path: '/a' }, 0.5)
  wait.observe({ path: '/a' }, 5)
  expect(await metrics.families()).toEqual([
    {
      name: 'plain_total',
      help: 'No labels.',
      type: 'counter',
      metrics: [{ labels: [], value: 1 }],
    },
    {
      name: 'requests_total',
      help: 'By code and method.',
      type: 'counter',
      metrics: [
        {
          labels: [
            { name: 'code', value: '200' },
            { name: 'method', value: 'put' },
          ],
          value: 3,
        },
      ],
    },
    { name: 'in_flight', help: 'Now.', type: 'gauge', metrics: [{ labels: [], value: -1 }] },
    {
      name: 'wait_seconds',
      help: 'Waiting.',
      type: 'histogram',
      metrics: [
        {
          labels: [{ name: 'path', value: '/a' }],
          buckets: [
            [0.1, 0],
            [1, 1],
            [Number.POSITIVE_INFINITY, 2],
          ],
          sum: 5.5,
          count: 2,
        },
      ],
    },
  ])
})

test('two sets may use the same names: nothing is shared', async () => {
  const [first, second] = [createSelfMetrics(), createSelfMetrics()]
  first.counter('a_total', 'A.').inc()
  second.counter('a_total', 'A.')
  expect((await second.families())[0]?.metrics).toEqual([{ labels: [], value: 0 }])
})
