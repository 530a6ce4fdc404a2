/** `node-exporter status`: how this machine does right now, for people. */

import os from 'node:os'
import { flag, type Program, parseFlags } from '../../../shared/flags.ts'
import { readNow } from './os-utils.ts'
import { formatStatus } from './summary.ts'

/** It looks at the machine it runs on: the paths of a container do not apply. */
export async function runStatus(exporter: Program, argv: readonly string[]): Promise<string> {
  const program = {
    name: `${exporter.name} status`,
    description: 'Tells how this machine does right now.',
    version: exporter.version,
  }
  const { values } = parseFlags(
    program,
    {
      json: flag.boolean('Write JSON, for programs.', false),
      interval: flag.duration('How long rates are measured.', '1s', { min: 200 }),
      top: flag.integer('How many processes are shown.', 5, { min: 0, max: 1000 }),
    },
    argv,
  )
  const now = await readNow(values.interval, values.top)
  const basics = {
    hostName: os.hostname(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    uptimeSeconds: os.uptime(),
    load: os.loadavg(),
    cpus: os.availableParallelism(),
  }
  if (!values.json) return formatStatus(basics, now)
  const replace = (_key: string, value: unknown): unknown =>
    value instanceof Error ? { error: value.message } : value
  return `${JSON.stringify({ ...basics, ...now }, replace, 2)}\n`
}
