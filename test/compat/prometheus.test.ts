import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { freePorts } from '../free-ports.ts'
import { testWithPeer } from '../peer.ts'
import { type RunningProgram, startProgram } from '../programs/program.ts'
import { complaintsOf } from '../promtool.ts'
import { queryInstant } from '../query.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'

const mains = {
  node: 'exporters/node/main.ts',
  nginx: 'exporters/nginx/main.ts',
  pushgateway: 'pushgateway/main.ts',
}

async function startAll(folder: string): Promise<Record<string, RunningProgram>> {
  const config = join(folder, 'ours.yml')
  writeFileSync(config, 'scrape_configs: []\n')
  const pullserverFlags = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'ours')}`]
  const started = await Promise.all([
    ...Object.entries(mains).map(async ([name, main]) => [name, await startProgram(main)] as const),
    startProgram('pullserver/main.ts', pullserverFlags).then((p) => ['pullserver', p] as const),
  ])
  const programs = Object.fromEntries(started)
  const push = await fetch(`${programs['pushgateway']?.url}/metrics/job/compat/quoted/a%22b`, {
    method: 'PUT',
    body: '# HELP compat_seconds Pushed by a test.\n# TYPE compat_seconds summary\ncompat_seconds{quantile="0.5"} 1e6\ncompat_seconds_sum 3\ncompat_seconds_count 2\n',
  })
  expect(push.status).toBe(200)
  return programs
}

testWithPeer(
  'prometheus',
  'a real Prometheus scrapes our four programs and finds every target up',
  async (prometheus) => {
    using folder = temporaryFolder()
    const programs = await startAll(folder.path)
    const [port] = await freePorts(1)
    const jobs = Object.entries(programs).map(
      ([name, { url }]) =>
        `  - job_name: ${name}\n    honor_labels: true\n    static_configs:\n      - targets: ["${new URL(url).host}"]\n`,
    )
    const config = join(folder.path, 'theirs.yml')
    writeFileSync(config, `global:\n  scrape_interval: 1s\nscrape_configs:\n${jobs.join('')}`)
    const child = spawn(prometheus, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder.path, 'theirs')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ])
    child.stderr.resume()
    try {
      const url = `http://127.0.0.1:${port}`
      await waitFor(
        'four targets up',
        async () => (await queryInstant(url, 'up == 1')).length === 4,
      )
      const [pushed] = await queryInstant(url, 'compat_seconds{quantile="0.5"}')
      expect(pushed).toMatchObject({
        metric: { job: 'compat', quoted: 'a"b' },
        value: [expect.any(Number), '1000000'],
      })
      const [load] = await queryInstant(url, 'count(node_cpu_seconds_total)')
      expect(Number(load?.value[1])).toBeGreaterThan(0)
    } finally {
      child.kill('SIGTERM')
      await once(child, 'exit')
      await Promise.all(Object.values(programs).map((program) => program.stop()))
    }
  },
  60_000,
)

testWithPeer(
  'promtool',
  'promtool finds nothing to complain of on any /metrics',
  async (promtool) => {
    using folder = temporaryFolder()
    const programs = await startAll(folder.path)
    try {
      for (const { url } of Object.values(programs)) {
        // Twice, since what a program tells about its own answers is there from the second on.
        await (await fetch(`${url}/metrics`)).text()
        const page = await (await fetch(`${url}/metrics`)).text()
        expect(await complaintsOf(promtool, page)).toEqual([])
      }
    } finally {
      await Promise.all(Object.values(programs).map((program) => program.stop()))
    }
  },
  60_000,
)
