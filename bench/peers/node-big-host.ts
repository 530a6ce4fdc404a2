/** CPU of one scrape of a host as large as they come, made of files: ours beside the original, and whether it is linear. */

import { makeBigHost, sizeOf } from './big-host.ts'
import { type Measured, startMeasured } from './program.ts'
import { type Load, sendCount } from './requests.ts'
import type { Row } from './row.ts'

const collectors =
  'cpu cpufreq diskstats filefd filesystem loadavg meminfo netclass netdev schedstat softnet stat vmstat'.split(
    ' ',
  )
/** Netdev asks the real kernel by netlink otherwise. */
const flags = [
  '--collector.disable-defaults',
  '--no-collector.netdev.netlink',
  ...collectors.map((name) => `--collector.${name}`),
]
const parts = [1, 0.25] as const
const warmUpScrapes = 6
const scrapes = 10
const goal = 0.5

const gzip: Load = {
  method: 'GET',
  headers: { 'accept-encoding': 'gzip' },
  next: () => ({ path: '/metrics' }),
}

export async function benchNodeBigHost(): Promise<Row[]> {
  const rows: Row[] = []
  for (const part of parts) {
    const { cpus, disks, interfaces, mounts } = sizeOf(part)
    const host = makeBigHost({ cpus, disks, interfaces, mounts })
    try {
      const [theirs, ours] = await measure(host.root)
      const what = `scrape of ${cpus} CPUs, ${disks} disks, ${interfaces} interfaces, ${mounts} mounts`
      rows.push({ what, unit: 'ms CPU', theirs, ours, goal, better: 'less' })
    } finally {
      host.remove()
    }
  }
  return rows
}

async function measure(root: string): Promise<[theirs: number, ours: number]> {
  const paths = ['procfs=proc', 'sysfs=sys', 'udev.data=udev/data'].map((path) =>
    path.replace(/^(.*)=/, `--path.$1=${root}/`),
  )
  const all = (port: number): string[] => [
    `--web.listen-address=127.0.0.1:${port}`,
    ...paths,
    `--path.rootfs=${root}`,
    ...flags,
  ]
  const theirs = await startMeasured('prometheus-node-exporter', all, '/')
  const ours = await startMeasured(
    process.execPath,
    (port) => ['exporters/node/main.ts', ...all(port)],
    '/',
  )
  try {
    return [await cpuMsPerScrape(theirs), await cpuMsPerScrape(ours)]
  } finally {
    await Promise.all([theirs.stop(), ours.stop()])
  }
}

async function cpuMsPerScrape(program: Measured): Promise<number> {
  await sendCount(program.url, gzip, warmUpScrapes)
  const before = program.cpuSeconds()
  await sendCount(program.url, gzip, scrapes)
  return ((program.cpuSeconds() - before) * 1000) / scrapes
}
