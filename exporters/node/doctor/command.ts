/** `node-exporter doctor`: what the exporter would show with these flags, and what is missing and why. */

import { flag, type Program } from '../../../shared/flags.ts'
import type { Collector } from '../collector.ts'
import { collectorFlags, programFlags } from '../flags.ts'
import { Host } from '../host.ts'
import { enabledNames } from '../select.ts'
import { openSettings } from '../settings.ts'
import { type CollectorReport, examineCollectors } from './examine-collectors.ts'
import { examineFlags } from './examine-flags.ts'
import { examinePaths } from './examine-paths.ts'
import type { Finding } from './finding.ts'
import { look } from './look.ts'
import { type Diagnosis, formatDiagnosis, isHealthy } from './report.ts'

/**
 * Takes the exporter's flags and --json. The exit code is 1 when something is wrong, else 0. With
 * `isStuck` a thread hangs on a mount, so that the process cannot end in good order.
 */
export async function runDoctor(
  exporter: Program,
  collectors: readonly Collector[],
  argv: readonly string[],
): Promise<{ out: string; exit: number; isStuck: boolean }> {
  const program = {
    ...exporter,
    name: `${exporter.name} doctor`,
    description:
      'Tells what the exporter would show with these flags, and what is missing and why.',
  }
  const json = flag.boolean('Write JSON, for programs.', false)
  const declarations = { json, ...collectorFlags(collectors), ...programFlags }
  const { settings } = await openSettings(program, declarations, argv)
  const { values } = settings
  const paths = {
    procfs: values['path.procfs'],
    sysfs: values['path.sysfs'],
    rootfs: values['path.rootfs'],
    udevData: values['path.udev.data'],
  }
  const findings = [...examineFlags(collectors, settings), ...examinePaths(look, paths)]
  const host = openHost(paths)
  const reports = host === undefined ? [] : await examineCollectors({ collectors, host, settings })
  const isStuck = host?.hasPendingCalls ?? false
  if (isStuck) findings.push(stuckMount)
  const on = enabledNames(collectors, settings)
  const diagnosis = {
    collectors: reports,
    off: collectors.map(({ name }) => name).filter((name) => !on.has(name)),
    findings: [...findings, ...reports.flatMap(explain)],
  }
  const out = values['json'] === true ? asJson(diagnosis) : formatDiagnosis(diagnosis)
  return { out, exit: isHealthy(diagnosis) ? 0 : 1, isStuck }
}

const stuckMount: Finding = {
  level: 'problem',
  subject: 'collector filesystem',
  text: 'met a mount that does not answer: it would show as device_error="mountpoint timeout"',
  cure: 'look at the server of the network mounts, or exclude it by --collector.filesystem.mount-points-exclude',
}

/** Undefined when there is no /proc or /sys, which examinePaths has told already. */
function openHost(paths: ConstructorParameters<typeof Host>[0]): Host | undefined {
  try {
    return new Host(paths)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** What to do about a collector that fails, where its error tells. */
function explain({ name, outcome, reason = '' }: CollectorReport): Finding[] {
  if (outcome === 'ok' || outcome === 'no_data') return []
  const subject = `collector ${name}`
  const leaveOut = `leave it out with --no-collector.${name}`
  if (/\b(EACCES|EPERM)\b|permission denied|not permitted/.test(reason)) {
    const text = `lacks rights as user ${process.getuid?.()}`
    return [{ level: 'problem', subject, text, cure: `run as root, or ${leaveOut}` }]
  }
  if (outcome === 'timeout') {
    const text = 'is slower than --collector.timeout'
    return [{ level: 'problem', subject, text, cure: `raise it, or ${leaveOut}` }]
  }
  return []
}

function asJson(diagnosis: Diagnosis): string {
  return `${JSON.stringify({ healthy: isHealthy(diagnosis), ...diagnosis }, undefined, 2)}\n`
}
