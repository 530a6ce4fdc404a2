/** Software RAID: the disks of each array, its state and how far a rebuild has come. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { type MdDevice, type MdState, parseMdstat } from '../mdstat.ts'

const gauge = families('gauge', ['device'], {
  node_md_disks_required: 'Disks that the array should have.',
  node_md_blocks: 'Size of the array in blocks of a kibibyte.',
  node_md_blocks_synced: 'Blocks that are in sync.',
  node_md_raid_disks: 'Disks of the array, by sysfs.',
  node_md_degraded: 'Disks that the array lacks, by sysfs.',
})
const byState = families('gauge', ['device', 'state'], {
  node_md_disks: 'Disks of the array, by their state.',
  node_md_state: 'State of the array: 1 for the one it is in, none of them while it is reshaped.',
})

/** Values of the label and the states that they mean. */
const states = [
  ['active', 'active'],
  ['inactive', 'inactive'],
  ['recovering', 'recovering'],
  ['resync', 'resyncing'],
  ['check', 'checking'],
] as const satisfies readonly (readonly [string, MdState])[]

/** Without these files a folder is no array, or one that is just going away. */
const requiredFiles = ['array_state', 'metadata_version', 'uuid']

/** The levels that can lack a disk and live. */
const redundantLevels = new Set(['raid1', 'raid4', 'raid5', 'raid6', 'raid10'])
/** What holds arrays rather than being one. */
const containers = new Set(['', 'container', 'imsm', 'ddf'])

export default defineCollector({
  name: 'mdadm',
  enabled: true,
  help: 'Software RAID, from /proc/mdstat and /sys/block/md*/md.',
  flags: {},
  families: [...Object.values(gauge), ...Object.values(byState)],
  collect({ host, out }) {
    const content = host.procIfAny('mdstat')
    if (content === undefined) throw new NoData('the kernel has no software RAID')
    for (const device of parseMdstat(content.toString())) addDevice(device, out)
    const arrays = host.sysList('block').filter((name) => name.startsWith('md'))
    for (const array of arrays.flatMap((name) => readArray(name, host))) {
      if (array.disks !== undefined) out.add(gauge.node_md_raid_disks, array.disks, array.name)
      out.add(gauge.node_md_degraded, array.degraded, array.name)
    }
  },
})

function addDevice(device: MdDevice, out: Out): void {
  const { name } = device
  for (const [label, state] of states) {
    out.add(byState.node_md_state, device.state === state ? 1 : 0, name, label)
  }
  out.add(byState.node_md_disks, device.disksActive, name, 'active')
  out.add(byState.node_md_disks, device.disksFailed, name, 'failed')
  out.add(byState.node_md_disks, device.disksSpare, name, 'spare')
  out.add(gauge.node_md_disks_required, device.disksRequired, name)
  out.add(gauge.node_md_blocks, device.blocks, name)
  out.add(gauge.node_md_blocks_synced, device.blocksSynced, name)
}

type Array = {
  readonly name: string
  readonly disks: number | undefined
  readonly degraded: number
}

/** None for a name that is no array, such as a partition of one. */
function readArray(name: string, host: Host): Array[] {
  const folder = `block/${name}/md`
  if (!host.hasSys(folder)) return []
  const read = (file: string): string => {
    const content = host.sysIfAny(`${folder}/${file}`)
    if (content === undefined) throw new NoData(`${folder}/${file} is missing`)
    return content.toString().trim()
  }
  const level = read('level')
  for (const file of requiredFiles) read(file)
  return [
    {
      name,
      // While the number changes, the old one stands behind it in parentheses.
      disks: containers.has(level) ? undefined : parseNumber(read('raid_disks').split(' ')[0]),
      degraded: redundantLevels.has(level) ? parseNumber(read('degraded')) : 0,
    },
  ]
}

function parseNumber(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) {
    throw new SyntaxError(`md: expected a number, got ${JSON.stringify(text)}`)
  }
  return Number(text)
}
