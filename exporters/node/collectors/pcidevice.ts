/** PCI devices: what they are, where they sit, the speed of their links, their state of power. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out, StartError } from '../collector.ts'
import type { Host } from '../host.ts'
import { type PciNames, parsePciIds } from '../pci-ids.ts'
import { listDevices, parseInteger, parsePrefixed, requiredText } from '../sysfs.ts'

const root = 'bus/pci/devices'

/** Where distributions put the names. */
const idsFiles = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids']

const location = ['segment', 'bus', 'device', 'function'] as const
const gauge = families('gauge', location, {
  node_pcidevice_current_link_transfers_per_second: 'Speed of the link now; -1 is unknown.',
  node_pcidevice_current_link_width: 'Lanes of the link now; -1 is unknown.',
  node_pcidevice_d3cold_allowed: 'Whether the device may lose its power.',
  node_pcidevice_max_link_transfers_per_second: 'The highest speed of the link; -1 is unknown.',
  node_pcidevice_max_link_width: 'The most lanes of the link; -1 is unknown.',
  node_pcidevice_numa_node: 'The NUMA node that the device is near to.',
  node_pcidevice_sriov_drivers_autoprobe: 'Whether new virtual functions get drivers.',
  node_pcidevice_sriov_numvfs: 'Virtual functions of the device.',
  node_pcidevice_sriov_totalvfs: 'The most virtual functions that it can have.',
  node_pcidevice_sriov_vf_total_msix: 'Interrupts for its virtual functions.',
})
const powerState = family('gauge', 'node_pcidevice_power_state', 'Whether it is in this state.', [
  ...location,
  'state',
])
const infoLabels = [
  ...location,
  'parent_segment',
  'parent_bus',
  'parent_device',
  'parent_function',
  'class_id',
  'vendor_id',
  'device_id',
  'subsystem_vendor_id',
  'subsystem_device_id',
  'revision',
]
const infoHelp = 'A device, as labels.'
const info = family('gauge', 'node_pcidevice_info', infoHelp, infoLabels)
const namedInfo = family('gauge', 'node_pcidevice_info', infoHelp, [
  ...infoLabels,
  'vendor_name',
  'device_name',
  'subsystem_vendor_name',
  'subsystem_device_name',
  'class_name',
])

const powerStates = ['D0', 'D1', 'D2', 'D3hot', 'D3cold', 'unknown', 'error']

/** Numbers, and what they are where the device does not have them. */
const numbers = [
  ['current_link_width', gauge.node_pcidevice_current_link_width, -1],
  ['max_link_width', gauge.node_pcidevice_max_link_width, -1],
  ['d3cold_allowed', gauge.node_pcidevice_d3cold_allowed, 0],
  ['sriov_drivers_autoprobe', gauge.node_pcidevice_sriov_drivers_autoprobe, 0],
  ['sriov_numvfs', gauge.node_pcidevice_sriov_numvfs, 0],
  ['sriov_totalvfs', gauge.node_pcidevice_sriov_totalvfs, 0],
  ['sriov_vf_total_msix', gauge.node_pcidevice_sriov_vf_total_msix, 0],
] as const

type Location = readonly [segment: string, bus: string, device: string, func: string]

export default defineCollector({
  name: 'pcidevice',
  enabled: false,
  help: 'PCI devices, from /sys/bus/pci/devices.',
  flags: {
    idsfile: {
      help: 'The names of devices; by default pci.ids in /usr/share/misc or /usr/share/hwdata.',
      default: '',
    },
    names: { help: 'Show the names of devices, from pci.ids.', default: false },
  },
  families: [...Object.values(gauge), powerState, info],
  start({ host, flags, flagName }): { names: PciNames | undefined } {
    if (!flags.names) return { names: undefined }
    const files = flags.idsfile === '' ? idsFiles : [flags.idsfile]
    for (const file of files) {
      const content = host.ownFile(file)
      if (content !== undefined) return { names: parsePciIds(content.toString()) }
    }
    if (flags.idsfile === '') return { names: parsePciIds('') }
    throw new StartError(`${flagName('idsfile')}: there is no ${flags.idsfile}`)
  },
  collect({ host, out, state }) {
    for (const name of listDevices(host, root)) addDevice(host, out, name, state.names)
  },
})

function addDevice(host: Host, out: Out, name: string, names: PciNames | undefined): void {
  const folder = `${root}/${name}`
  const [parent = '', own = name] = (host.sysRealPath(folder) ?? '').split('/').slice(-2)
  const at = parseLocation(own)
  const above = parent.startsWith('pci') ? (['*', '*', '*', '*'] as const) : parseLocation(parent)
  addInfo(host, out, folder, [...at, ...above], names)
  for (const [file, declaration, absent] of numbers) {
    const text = host.sysText(`${folder}/${file}`)
    out.add(
      declaration,
      text === undefined ? absent : parseNumber(text, `${folder}/${file}`),
      ...at,
    )
  }
  const speed = (file: string): number => parseSpeed(host.sysText(`${folder}/${file}`) ?? '', file)
  const { node_pcidevice_current_link_transfers_per_second: current } = gauge
  out.add(current, speed('current_link_speed'), ...at)
  const { node_pcidevice_max_link_transfers_per_second: highest } = gauge
  out.add(highest, speed('max_link_speed'), ...at)
  const node = parseInteger(host.sysText(`${folder}/numa_node`) ?? '') ?? -1
  if (node !== -1) out.add(gauge.node_pcidevice_numa_node, node, ...at)
  const power = host.sysText(`${folder}/power_state`)
  if (power === undefined) return
  for (const state of powerStates) out.add(powerState, state === power ? 1 : 0, ...at, state)
}

function addInfo(
  host: Host,
  out: Out,
  folder: string,
  places: readonly string[],
  names: PciNames | undefined,
): void {
  const hex = (file: string, digits: number): string => {
    const value = parsePrefixed(requiredText(host, `${folder}/${file}`))
    if (value === undefined) throw new SyntaxError(`${folder}/${file}: expected a number`)
    return value.toString(16).padStart(digits, '0')
  }
  const deviceClass = hex('class', 6)
  const [vendor, device] = [hex('vendor', 4), hex('device', 4)]
  const [subvendor, subdevice] = [hex('subsystem_vendor', 4), hex('subsystem_device', 4)]
  const ids = [deviceClass, vendor, device, subvendor, subdevice, hex('revision', 2)]
  const labels = [...places, ...ids.map((id) => `0x${id}`)]
  if (names === undefined) out.add(info as FamilyDeclaration, 1, ...labels)
  else {
    out.add(
      namedInfo as FamilyDeclaration,
      1,
      ...labels,
      names.vendor(vendor),
      names.device(vendor, device),
      names.vendor(subvendor),
      names.subsystem(vendor, device, subvendor, subdevice),
      names.deviceClass(deviceClass),
    )
  }
}

/** `0000:45:00.1` */
function parseLocation(name: string): Location {
  const [, segment, bus, device, func] =
    /^([\da-f]{4,}):([\da-f]{2}):([\da-f]{2})\.([\da-f])$/i.exec(name) ?? []
  if (segment === undefined || bus === undefined || device === undefined || func === undefined) {
    throw new SyntaxError(`expected a place such as 0000:45:00.1, got ${JSON.stringify(name)}`)
  }
  return [segment, bus, device, func]
}

function parseNumber(text: string, path: string): number {
  const value = parseInteger(text)
  if (value !== undefined) return value
  throw new SyntaxError(`${path}: expected a number, got ${JSON.stringify(text)}`)
}

/** `8.0 GT/s PCIe`; -1 is a link that does not work, or no link. */
function parseSpeed(text: string, file: string): number {
  if (text === '' || text.startsWith('Unknown')) return -1
  const [, number] = /^(\d+(?:\.\d+)?) GT\/s PCIe$/.exec(text) ?? []
  if (number === undefined) {
    throw new SyntaxError(`${file}: expected a speed in GT/s PCIe, got ${JSON.stringify(text)}`)
  }
  return Number(number) * 1e9
}
