/** CPU to write and read pages of 1,000 and 100,000 series, beside prom-client, and Go's expfmt where it is. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { machinePage } from '../machine.ts'
import { goProgram } from './go-program.ts'
import type { Row } from './row.ts'

const sizes = [1000, 100_000]
/** Each is a process of its own, taken by turns; the best counts: neighbours only ever add. */
const rounds = 3

/**
 * Our case, its goals at both sizes as part of what its peer takes, and the peer. The goals were set in
 * nanoseconds, on a machine where the peers took what they are divided by; nanoseconds mean nothing on
 * another one, or beside other neighbours.
 */
const comparisons = [
  ['fast page', 'page', [60 / 1034, 70 / 1612], 'prom-client'],
  ['fast page in OpenMetrics', 'page-openmetrics', [], 'prom-client'],
  ['fast page in protobuf', 'page-protobuf', [8 / 1034, 8 / 1612], 'prom-client'],
  ["prom-client's metrics on our page", 'prom-client-adopted', [1, 1], 'prom-client'],
  ['reference encoder', 'encode', [400 / 1034, 400 / 1612], 'prom-client'],
  ['fast page', 'page', [60 / 708, 70 / 2905], 'go gather'],
  ['reference encoder', 'encode', [], 'go write'],
  ['push parser', 'decode', [500 / 2508, 500 / 2639], 'go read'],
  ['scrape parser, same order', 'scrape', [80 / 2508, 90 / 2639], 'go read'],
] as const

const goNames: Readonly<Record<string, string>> = {
  'go gather': "Go's Gather and expfmt",
  'go write': "Go's expfmt",
  'go read': "Go's expfmt",
}

export function benchExposition(): Row[] {
  const go = goProgram()
  const wanted = comparisons.filter(([, , , theirs]) => go !== undefined || !(theirs in goNames))
  const names = new Set(wanted.flatMap(([, ours, , theirs]) => [ours, theirs]))
  const best = new Map<string, number>()
  for (const series of sizes) {
    for (let round = 0; round < rounds; round++) {
      for (const name of names) {
        const key = `${name} ${series}`
        best.set(key, Math.min(best.get(key) ?? Number.POSITIVE_INFINITY, run(name, series, go)))
      }
    }
  }
  return wanted.flatMap(([what, ours, goals, theirs]) =>
    sizes.map((series, index): Row => {
      const goal = goals[index]
      return {
        what: `${what}, ${series.toLocaleString('en')} series, beside ${goNames[theirs] ?? theirs}`,
        unit: 'ns a sample',
        theirs: best.get(`${theirs} ${series}`) ?? Number.NaN,
        ours: best.get(`${ours} ${series}`) ?? Number.NaN,
        ...(goal !== undefined && { goal }),
        better: 'less',
      }
    }),
  )
}

function run(name: string, series: number, go: string | undefined): number {
  const [command, args] = name.startsWith('go ')
    ? [go ?? '', [name.slice('go '.length), String(series)]]
    : [process.execPath, [join(import.meta.dirname, 'exposition-case.ts'), name, String(series)]]
  const input = name === 'go read' ? machinePage(series) : ''
  const { stdout, stderr, status } = spawnSync(command, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name} ${series} ended with ${status}: ${stderr}`)
  return Number(stdout)
}
