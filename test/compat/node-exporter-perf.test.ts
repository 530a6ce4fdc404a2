/**
 * Counters of the kernel, counted by our node-exporter and by Debian's at the same time. What the CPUs
 * count is left out: 1.5 does not extrapolate it, and virtual machines do not have it.
 */
import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { loadLibc } from '../../exporters/node/libc.ts'
import { perfAttributes, softwareProfilers } from '../../exporters/node/perf-events.ts'
import { freePorts } from '../free-ports.ts'
import { testWithPeer } from '../peer.ts'
import { startProgram } from '../programs/program.ts'
import { waitFor } from '../wait.ts'

const flags = ['--collector.disable-defaults', '--collector.perf']

function mayCount(): boolean {
  const libc = loadLibc()
  const [profiler] = Object.values(softwareProfilers)
  if (libc.missing !== undefined || profiler === undefined) return false
  try {
    libc.close(libc.perfEventOpen(perfAttributes(profiler), 0))
    return true
  } catch {
    return false // no rights, or a container that forbids the call
  }
}

type Counts = ReadonlyMap<string, number>

async function scrape(url: string): Promise<{ counts: Counts; types: readonly string[] }> {
  const page = await (await fetch(`${url}/metrics`)).text()
  const kernel = /^node_perf_(context_switches|cpu_migrations|\w+_faults)_total/
  const samples = [...page.matchAll(/^(node_perf_\S+) (\S+)$/gm)]
    .map(([, series = '', value]) => [series, Number(value)] as const)
    .filter(([series]) => kernel.test(series))
  return { counts: new Map(samples), types: page.match(/^# TYPE node_perf_.*$/gm) ?? [] }
}

if (mayCount()) {
  testWithPeer(
    'prometheus-node-exporter',
    "perf counts what Debian's node exporter counts",
    async (binary) => {
      await using ours = await startProgram('exporters/node/main.ts', flags)
      const [port] = await freePorts(1)
      const url = `http://127.0.0.1:${port}`
      const original = spawn(binary, [`--web.listen-address=127.0.0.1:${port}`, ...flags], {
        stdio: 'ignore',
      })
      try {
        await waitFor("Debian's node exporter", async () => (await fetch(url)).ok)
        const ourFirst = await scrape(ours.url)
        const theirFirst = await scrape(url)
        for (let i = 0; i < 50; i += 1) await fetch(url)
        const theirLast = await scrape(url)
        const ourLast = await scrape(ours.url)
        expect(ourLast.types).toEqual(theirLast.types)
        expect([...ourLast.counts.keys()]).toEqual([...theirLast.counts.keys()])
        const grown = (first: Counts, last: Counts, series: string): number =>
          (last.get(series) ?? Number.NaN) - (first.get(series) ?? Number.NaN)
        let events = 0
        for (const series of theirLast.counts.keys()) {
          // Ours counted from before theirs to after.
          const theirs = grown(theirFirst.counts, theirLast.counts, series)
          expect(grown(ourFirst.counts, ourLast.counts, series), series).toBeGreaterThanOrEqual(
            theirs,
          )
          events += theirs
        }
        expect(events).toBeGreaterThan(50)
      } finally {
        original.kill()
      }
    },
    60_000,
  )
} else test.skip('perf beside the original needs CAP_PERFMON', () => {})
