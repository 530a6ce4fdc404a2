/** Processes and threads by state. It looks at every thread, so it costs what they are many. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import type { Host } from '../host.ts'
import { Words } from '../words.ts'

const gauge = families('gauge', [], {
  node_processes_pids: 'Processes.',
  node_processes_threads: 'Threads.',
  node_processes_max_processes: 'Processes and threads that can have an id.',
  node_processes_max_threads: 'Threads that there can be.',
})
const byState = family('gauge', 'node_processes_state', 'Processes by state.', ['state'])
const threadsByState = family('gauge', 'node_processes_threads_state', 'Threads by state.', [
  'thread_state',
])

export default defineCollector({
  name: 'processes',
  enabled: false,
  help: 'Processes and threads by state, from /proc/<pid>.',
  flags: {},
  families: [...Object.values(gauge), byState, threadsByState],
  collect({ host, out }) {
    const { pids, threads, states, threadStates } = count(host)
    out.add(gauge.node_processes_pids, pids)
    out.add(gauge.node_processes_threads, threads)
    for (const [state, number] of states) out.add(byState, number, state)
    for (const [state, number] of threadStates) out.add(threadsByState, number, state)
    const maxThreads = new Words(host.proc('sys/kernel/threads-max')).number()
    out.add(gauge.node_processes_max_threads, maxThreads)
    const maxProcesses = new Words(host.proc('sys/kernel/pid_max')).number()
    out.add(gauge.node_processes_max_processes, maxProcesses)
  },
})

type States = Map<string, number>

function count(host: Host): {
  pids: number
  threads: number
  states: States
  threadStates: States
} {
  const states: States = new Map()
  const threadStates: States = new Map()
  let [pids, threads] = [0, 0]
  for (const pid of host.procList('.') ?? []) {
    if (!isNumber(pid)) continue
    const content = host.procOnce(`${pid}/stat`)
    if (content === undefined || content.length === 0) continue // it ended in between
    const process = parseStat(content, `${pid}/stat`)
    pids += 1
    threads += process.threads
    add(states, process.state)
    add(threadStates, process.state) // its first thread, which need not be asked again
    if (process.threads === 1) continue
    for (const thread of host.procListOnce(`${pid}/task`)) {
      if (thread === pid) continue
      const path = `${pid}/task/${thread}/stat`
      const stat = host.procOnce(path)
      if (stat !== undefined && stat.length > 0) add(threadStates, parseStat(stat, path).state)
    }
  }
  return { pids, threads, states, threadStates }
}

function isNumber(name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 0x30 && first <= 0x39
}

/** Fields 3 and 20 of proc_pid_stat(5); the command before them may hold parentheses and spaces. */
function parseStat(bytes: Buffer, path: string): { state: string; threads: number } {
  const words = new Words(bytes)
  const close = bytes.lastIndexOf(')')
  if (close < 0) throw new SyntaxError(`${path}: expected a command in parentheses`)
  words.at = close + 1
  const state = words.word()
  for (let field = 4; field < 20; field += 1) words.number()
  return { state, threads: words.number() }
}

function add(states: States, state: string): void {
  states.set(state, (states.get(state) ?? 0) + 1)
}
