/**
 * Traffic and errors of the network interfaces.
 *
 * The original asks the kernel by netlink, which Node cannot speak without native code. Files give the
 * same numbers: /proc/net/dev is the kernel's own fold of the detailed counters, and statistics/ in
 * sysfs has those one by one.
 */

import os from 'node:os'
import { type FamilyDeclaration, family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { includeExclude } from '../include-exclude.ts'
import { KeyTable } from '../key-table.ts'
import { addressScope, columns, detailedFiles, nohandlerFile } from '../network-interface.ts'
import { Words } from '../words.ts'

const addressInfo = family(
  'gauge',
  'node_network_address_info',
  'An address of an interface, as labels.',
  ['device', 'address', 'netmask', 'scope'],
)

/** Of both kinds; some counters are in both. */
const counterNames = new Set([...columns, ...Object.keys(detailedFiles)])

/** What the flags made of the families: which there are, and with which labels. */
type Choice = {
  readonly ignores: (device: string) => boolean
  /** In the order of the columns of /proc/net/dev; empty where sysfs gives all. */
  readonly columns: readonly FamilyDeclaration[]
  readonly files: readonly (readonly [file: string, declaration: FamilyDeclaration])[]
  readonly withAlias: boolean
}

type Device = {
  readonly name: string
  readonly isIgnored: boolean
  alias: string
  columns: readonly Series[]
  files: readonly (readonly [path: string, series: Series])[]
}

export default defineCollector({
  name: 'netdev',
  enabled: true,
  help: 'Network interface statistics, from /proc/net/dev and sysfs.',
  flags: {
    'device-include': { help: 'Regexp of the interfaces to show.', default: '' },
    'device-exclude': { help: 'Regexp of the interfaces to leave out.', default: '' },
    'device-whitelist': { help: 'Old name of device-include.', default: '', hidden: true },
    'device-blacklist': { help: 'Old name of device-exclude.', default: '', hidden: true },
    netlink: {
      help: 'Show also what the original has from netlink only (receive_nohandler); read from sysfs.',
      default: true,
    },
    'address-info': { help: 'Show node_network_address_info.', default: false },
    'enable-detailed-metrics': {
      help: 'Show the detailed counters, under their own names, instead of the usual ones.',
      default: false,
    },
    'label-ifalias': { help: 'Add the label ifalias to all counters.', default: false },
  },
  families: [...[...counterNames].map((name) => counter(name, ['device'])), addressInfo],
  start(context) {
    const { flags, out } = context
    const labels = flags['label-ifalias'] ? ['device', 'ifalias'] : ['device']
    const isDetailed = flags['enable-detailed-metrics']
    const files = isDetailed ? detailedFiles : flags.netlink ? nohandlerFile : {}
    const choice: Choice = {
      ignores: includeExclude(context, {
        include: 'device-include',
        exclude: 'device-exclude',
        oldInclude: 'device-whitelist',
        oldExclude: 'device-blacklist',
      }),
      columns: isDetailed ? [] : columns.map((name) => counter(name, labels)),
      files: Object.entries(files).map(([name, file]) => [file, counter(name, labels)]),
      withAlias: flags['label-ifalias'],
    }
    return { choice, devices: new KeyTable((name) => declareDevice(name, choice, out)) }
  },
  collect({ host, flags, out, state: { choice, devices } }) {
    const words = new Words(host.procShared('net/dev'))
    words.nextLine() // two lines of headings
    words.nextLine()
    devices.begin()
    for (; words.hasMore; words.nextLine()) {
      const device = readName(words, devices)
      if (device.isIgnored) continue
      if (choice.withAlias) refreshAlias(device, choice, host, out)
      for (const series of device.columns) series.set(words.number())
      for (const [path, series] of device.files) {
        const content = host.sysIfAny(path) // a device without statistics, or one just gone
        if (content !== undefined) series.set(new Words(content).number())
      }
    }
    devices.forgetUnseen()
    if (flags['address-info']) addAddresses(out)
  },
})

function counter(name: string, labels: readonly string[]): FamilyDeclaration {
  const help = `Network interface counter ${name}.`
  return family('counter', `node_network_${name}_total`, help, labels)
}

function declareDevice(name: string, choice: Choice, out: Out): Device {
  const isIgnored = choice.ignores(name)
  const device: Device = { name, isIgnored, alias: '', columns: [], files: [] }
  if (!isIgnored) declareSeries(device, choice, out)
  return device
}

function declareSeries(device: Device, choice: Choice, out: Out): void {
  const labels = choice.withAlias ? [device.name, device.alias] : [device.name]
  device.columns = choice.columns.map((declaration) => out.series(declaration, ...labels))
  device.files = choice.files.map(([file, declaration]) => [
    `class/net/${device.name}/statistics/${file}`,
    out.series(declaration, ...labels),
  ])
}

function refreshAlias(device: Device, choice: Choice, host: Host, out: Out): void {
  const alias = host.sysAttribute(`class/net/${device.name}/ifalias`) ?? ''
  if (alias === device.alias) return
  device.alias = alias
  declareSeries(device, choice, out)
}

/** The name ends at the last colon of its line: names of aliases have one of their own. */
function readName(words: Words, devices: KeyTable<Device>): Device {
  words.toWord()
  const { bytes, at: start } = words
  const lineEnd = bytes.indexOf('\n', start)
  const end = bytes.lastIndexOf(':', lineEnd < 0 ? bytes.length : lineEnd)
  if (end <= start) throw new SyntaxError(`net/dev: expected an interface, got ${words.word()}`)
  words.at = end + 1
  return devices.at(bytes, start, end)
}

function addAddresses(out: Out): void {
  for (const [device, addresses] of Object.entries(os.networkInterfaces())) {
    for (const { address, cidr } of addresses ?? []) {
      const prefixLength = cidr?.split('/')[1] ?? ''
      out.add(addressInfo, 1, device, address, prefixLength, addressScope(address))
    }
  }
}
