/** Pushes per CPU second of the Pushgateway, with few and with many groups already there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Measured, startMeasured } from './program.ts'
import { type Load, sendCount, sendFor } from './requests.ts'
import type { Row } from './row.ts'

const connections = 8
const measuredMs = 6000

export async function benchPushes(): Promise<Row[]> {
  const rows: Row[] = []
  for (const [groups, goal] of [
    [1, 1],
    [1000, 50],
    [5000, 200],
  ] as const) {
    const theirs = await measure(await startOriginal(groups), groups)
    const ours = await measure(await startOurs(groups), groups)
    const plural = groups === 1 ? 'group' : 'groups'
    rows.push({
      what: `pushes per CPU second, ${groups} ${plural}, all checks on`,
      unit: '/s',
      theirs,
      ours,
      goal,
      better: 'more',
    })
  }
  return rows
}

/** Four families with a series each, about 520 bytes, as a batch job would push them. */
function body(i: number): string {
  return ['duration_seconds', 'records_processed', 'last_success_timestamp_seconds', 'errors']
    .map(
      (name, k) =>
        `# HELP bench_job_${name} A number that the measured job pushes.\n` +
        `# TYPE bench_job_${name} gauge\nbench_job_${name}{stage="load",k="${k}"} ${i}.5\n`,
    )
    .join('')
}

function pushLoad(groups: number): Load {
  return {
    method: 'PUT',
    next: (i) => ({ path: `/metrics/job/bench/instance/host-${i % groups}`, body: body(i) }),
  }
}

async function measure(program: Measured, groups: number): Promise<number> {
  await sendFor(program.url, pushLoad(groups), 1000, connections)
  const before = program.cpuSeconds()
  const pushes = await sendFor(program.url, pushLoad(groups), measuredMs, connections)
  const perSecond = pushes / (program.cpuSeconds() - before)
  await program.stop()
  return perSecond
}

async function startOurs(groups: number): Promise<Measured> {
  const program = await startMeasured(
    process.execPath,
    (port) => ['pushgateway/main.ts', `--web.listen-address=127.0.0.1:${port}`],
    '/-/ready',
  )
  await sendCount(program.url, pushLoad(groups), groups, connections)
  return program
}

/**
 * The original needs minutes to take 5000 groups one by one with its checks on. So it takes them
 * without, writes its file when it stops, and starts again from that file with the checks on.
 */
async function startOriginal(groups: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'narthex-bench-'))
  const args = (port: number) => [
    `--web.listen-address=127.0.0.1:${port}`,
    `--persistence.file=${join(folder, 'state')}`,
  ]
  const loader = await startMeasured(
    'prometheus-pushgateway',
    (port) => [...args(port), '--push.disable-consistency-check'],
    '/-/ready',
  )
  await sendCount(loader.url, pushLoad(groups), groups, connections)
  await loader.stop()
  const program = await startMeasured('prometheus-pushgateway', args, '/-/ready')
  return {
    ...program,
    async stop() {
      await program.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
