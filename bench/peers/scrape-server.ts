/** One way to answer scrapes, as a process of its own: `node scrape-server.ts ours 1000 9999`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { metricsHandler } from '../../shared/exposition/handler.ts'
import { adoptPromClient } from '../../shared/prom-client.ts'
import { machine } from '../machine.ts'
import { promClientMachine } from './prom-client-machine.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const onError = (error: unknown) => {
  throw error
}

const ways: Readonly<Record<string, (series: number) => Answer>> = {
  ours(series) {
    const { registry, change } = machine(series)
    let round = 0
    const gather = () => {
      change(++round)
      return [registry]
    }
    return metricsHandler({ gather, openMetrics: true, onError })
  },
  /** As its readme has it, compressed where that is asked for. */
  'prom-client'(series) {
    const { registry, change } = promClientMachine(series)
    let round = 0
    return async (request, response) => {
      change(++round)
      const text = await registry.metrics()
      response.setHeader('Content-Type', registry.contentType)
      if (!/gzip/.test(String(request.headers['accept-encoding']))) return response.end(text)
      response.setHeader('Content-Encoding', 'gzip')
      response.end(gzipSync(text))
    }
  },
  'prom-client-adopted'(series) {
    const { registry, change } = promClientMachine(series)
    const source = adoptPromClient(registry)
    let round = 0
    const gather = async () => {
      change(++round)
      return [await source.refresh()]
    }
    return metricsHandler({ gather, openMetrics: true, onError })
  },
}

const [name = '', series = '', port = ''] = process.argv.slice(2)
const answer = ways[name]?.(Number(series))
if (answer === undefined) throw new Error(`want one of ${Object.keys(ways).join(', ')}`)
createServer({ keepAliveTimeout: 60_000 }, answer).listen(Number(port), '127.0.0.1')
