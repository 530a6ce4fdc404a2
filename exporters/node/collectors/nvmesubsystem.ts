/** NVMe subsystems: the same storage through several controllers. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { listDevices, requiredText } from '../sysfs.ts'

const root = 'class/nvme-subsystem'

const info = family('gauge', 'node_nvmesubsystem_info', 'A subsystem, as labels.', [
  'subsystem',
  'nqn',
  'model',
  'serial',
  'iopolicy',
])
const namespaceInfo = family(
  'gauge',
  'node_nvmesubsystem_namespace_info',
  'A namespace of a subsystem, as labels.',
  ['subsystem', 'device'],
)
const pathState = family(
  'gauge',
  'node_nvmesubsystem_path_state',
  'Whether the path through a controller is in this state.',
  ['subsystem', 'controller', 'transport', 'state'],
)
const gauge = families('gauge', ['subsystem'], {
  node_nvmesubsystem_paths: 'Controllers of a subsystem.',
  node_nvmesubsystem_paths_live: 'Controllers of a subsystem that work.',
})

const states = ['connecting', 'dead', 'deleting', 'live', 'new', 'resetting', 'unknown']

export default defineCollector({
  name: 'nvmesubsystem',
  enabled: false,
  help: 'NVMe subsystems and their paths, from /sys/class/nvme-subsystem.',
  flags: {},
  families: [info, namespaceInfo, pathState, ...Object.values(gauge)],
  collect({ host, out }) {
    for (const subsystem of listDevices(host, root)) {
      if (subsystem.startsWith('nvme-subsys')) addSubsystem(host, out, subsystem)
    }
  },
})

function addSubsystem(host: Host, out: Out, subsystem: string): void {
  const folder = `${root}/${subsystem}`
  const text = (file: string): string => requiredText(host, `${folder}/${file}`)
  out.add(info, 1, subsystem, text('subsysnqn'), text('model'), text('serial'), text('iopolicy'))
  let paths = 0
  let live = 0
  for (const name of host.sysList(folder)) {
    if (/^nvme\d+n\d+$/.test(name)) out.add(namespaceInfo, 1, subsystem, name)
    if (!/^nvme\d+$/.test(name)) continue
    const state = stateOf(text(`${name}/state`))
    const transport = text(`${name}/transport`)
    paths += 1
    if (state === 'live') live += 1
    for (const one of states) {
      out.add(pathState, one === state ? 1 : 0, subsystem, name, transport, one)
    }
  }
  out.add(gauge.node_nvmesubsystem_paths, paths, subsystem)
  out.add(gauge.node_nvmesubsystem_paths_live, live, subsystem)
}

function stateOf(text: string): string {
  if (text === 'deleting (no IO)') return 'deleting'
  return states.includes(text) ? text : 'unknown'
}
