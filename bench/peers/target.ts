/** A target with many series for the ingest measurement, as a process of its own; prints its port. */
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

const seriesCount = Number(process.argv[2])
const pages = 20

/** Counters that move at their own pace, gauges that wander, and constants: a node-exporter's mix. */
function page(round: number): string {
  const lines = ['# HELP bench_value A number.', '# TYPE bench_value gauge']
  for (let i = 0; i < seriesCount; i++) {
    const kind = i % 20
    const wander = Math.sin(round * 0.7 + i) * 1000
    const value = kind < 9 ? i : kind < 17 ? i * 1000 + round * (i % 50) : wander
    lines.push(
      `bench_value{device="device-${i % 100}",mode="mode-${i % 7}",number="${i}"} ${value}`,
    )
  }
  return `${lines.join('\n')}\n`
}

const bodies = Array.from({ length: pages }, (_, round) => gzipSync(page(round), { level: 1 }))
let served = 0
const server = createServer((_, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  response.setHeader('content-encoding', 'gzip')
  response.end(bodies[served++ % pages])
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' ? address?.port : '')
})
