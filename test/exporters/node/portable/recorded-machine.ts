/** A machine with another system, made of what Node and systeminformation would say there. */
import { readFileSync } from 'node:fs'
import type nodeOs from 'node:os'
import { constants } from 'node:os'
import { join } from 'node:path'
import { portableCollectors } from '../../../../exporters/node/portable/index.ts'
import type { PortablePlatform } from '../../../../exporters/node/portable/machine.ts'
import { Survey } from '../../../../exporters/node/survey.ts'
import type { Answers, Ask, Replies } from '../../../../exporters/node/systeminformation.ts'
import { type Machine, startMachine } from '../machine.ts'

export type Recording = {
  /** What each function of node:os returns. */
  os: { [name: string]: unknown }
  answers: { -readonly [Q in keyof Answers]?: Answers[Q] }
  /** By mount point: what statfs(2) tells, or the code that it fails with. */
  statfs: { [mountPoint: string]: Awaited<ReturnType<MountSystem['statfs']>> | ErrorCode }
}

type ErrorCode = keyof typeof constants.errno

type MountSystem = ReturnType<Parameters<typeof portableCollectors>[0]['mountSystem']>

export const recordings = join(import.meta.dirname, '../../../fixtures/portable')

export function readRecording(platform: PortablePlatform): Recording {
  return JSON.parse(readFileSync(join(recordings, `${platform}.json`), 'utf8')) as Recording
}

/** A question that was not recorded gets no answer, as when its command hangs. */
export function answering({ answers }: Recording): Ask {
  return (questions) => {
    const known = questions.filter((question) => question in answers)
    const replies = known.map((question) => [question, { value: answers[question] }] as const)
    return Promise.resolve(Object.fromEntries(replies) as Replies)
  }
}

export type RecordedOptions = {
  readonly args?: readonly string[]
  readonly recording?: Recording
  readonly ask?: Ask
}

/** Its first answers are there. */
export async function startRecorded(
  platform: PortablePlatform,
  { args = [], recording = readRecording(platform), ask = answering(recording) }: RecordedOptions,
): Promise<Machine> {
  const machine = startMachine({
    root: join(recordings, platform),
    mayLackProc: true,
    args,
    collectors: collectorsOf(platform, recording, ask),
  })
  await new Promise(setImmediate) // in which the survey begins
  return machine
}

export function collectorsOf(
  platform: PortablePlatform,
  recording: Recording = readRecording(platform),
  ask: Ask = answering(recording),
) {
  const os = Object.entries(recording.os).map(([name, value]) => [name, () => value] as const)
  const statfs: MountSystem['statfs'] = (path) => {
    const answer = recording.statfs[Buffer.from(path, 'latin1').toString()]
    if (typeof answer === 'object') return Promise.resolve(answer)
    const errno = -constants.errno[answer ?? 'ENOENT']
    return Promise.reject(Object.assign(new Error('statfs'), { errno }))
  }
  const statfsNow = (path: string): never => {
    throw new Error(`${path}: no mount here may be asked without a deadline`)
  }
  const machine = {
    platform,
    os: Object.fromEntries(os) as unknown as typeof nodeOs,
    survey: new Survey(ask),
    mountSystem: () => ({ statfs, statfsNow }),
  }
  return portableCollectors(machine, ask)
}
