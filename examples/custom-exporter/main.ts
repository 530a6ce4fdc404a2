/** A web shop that counts with prom-client and shows its numbers through Narthex. */
import express from 'express'
import { Counter, Gauge, Histogram, register } from 'prom-client'
import { metricsHandler } from '../../shared/exposition/handler.ts'
import { createLog } from '../../shared/log.ts'
import { processMetrics } from '../../shared/process-metrics.ts'
import { adoptPromClient } from '../../shared/prom-client.ts'
import { landingPage } from '../../shared/web/landing.ts'
import { listen } from '../../shared/web/listen.ts'

// The shop: it counts with prom-client, as any application may.
const orders = new Counter({ name: 'shop_orders_total', help: 'Orders.', labelNames: ['product'] })
const stock = new Gauge({ name: 'shop_stock', help: 'Pieces left.', labelNames: ['product'] })
const duration = new Histogram({
  name: 'shop_request_duration_seconds',
  help: 'Time to answer a request.',
  labelNames: ['method', 'code'],
})
stock.set({ product: 'Monitor 27"' }, 3)
const app = express()
app.use((request, response, next) => {
  const end = duration.startTimer({ method: request.method })
  response.once('finish', () => end({ code: response.statusCode }))
  next()
})
app.post('/orders', (_request, response) => {
  orders.inc({ product: 'Monitor 27"' })
  stock.dec({ product: 'Monitor 27"' })
  response.status(201).end()
})

// What Narthex adds: its numbers and those of the process on /metrics, and a page to browse them.
const shop = { name: 'shop', description: 'A web shop', version: '1.0', metricsPath: '/metrics' }
const log = createLog({ level: 'info', format: 'logfmt' })
const own = adoptPromClient(register)
const runtime = processMetrics(shop)
const metrics = metricsHandler({
  gather: async (_request, _query, signal) => {
    runtime.refresh()
    return [await own.refresh(signal), runtime.registry]
  },
  openMetrics: true,
  onError: (error) => log.error('Cannot make the metrics page', { err: error }),
  onClash: ({ family, reason }) => log.warn('Left off the metrics page', { family, err: reason }),
})
app.get('/metrics', metrics)
app.get('/', landingPage(shop))
await listen({ addresses: [process.env['LISTEN'] ?? ':8080'], handler: app, log })
