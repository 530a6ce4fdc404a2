/** The chips of /sys/class/hwmon: their labels, and the sensor files that each of them has. */

import type { Host } from './host.ts'

const root = 'class/hwmon'

const sensorTypes = new Set([
  'vrm',
  'beep_enable',
  'update_interval',
  'in',
  'cpu',
  'fan',
  'pwm',
  'temp',
  'curr',
  'power',
  'energy',
  'humidity',
  'intrusion',
  'freq',
])

export type SensorFile = {
  readonly path: string
  readonly type: string
  /** Type and number, as in the label `sensor`. */
  readonly sensor: string
  /** What of the sensor it holds: `input`, `max`; empty where the file is only type and number. */
  readonly element: string
}

export type Chip = {
  /** As in the label `chip`; undefined when nothing gives it a name. */
  readonly label: string | undefined
  /** What its driver calls it, for node_hwmon_chip_names. */
  readonly name: string
  readonly folder: string
}

/** The chips in the order of their folders. */
export function listChips(host: Host, names: readonly string[]): Chip[] {
  const chips = names
    .filter((name) => host.isSysFolder(`${root}/${name}`))
    .map((name) => {
      const folder = `${root}/${name}`
      const driver = cleanName(host.sysAttribute(`${folder}/name`) ?? '')
      return { id: name, folder, name: driver, label: labelOf(host, folder, driver) }
    })
  const sharing = Map.groupBy(chips, ({ label }) => label)
  return chips.map(({ id, folder, name, label }) => {
    const others = sharing.get(label) ?? []
    if (label === undefined || others.length < 2) return { folder, name, label }
    const isOwnName = name !== '' && others.filter((other) => other.name === name).length === 1
    return { folder, name, label: `${label}_${isOwnName ? name : cleanName(id)}` }
  })
}

/** After the device it sits on, else as its driver calls it, else as the kernel numbers it. */
function labelOf(host: Host, folder: string, driver: string): string | undefined {
  const device = host.sysRealPath(`${folder}/device`)
  if (device !== undefined) {
    const [parent = '', own = ''] = device.split('/').slice(-2).map(cleanName)
    if (own !== '') return parent === '' ? own : `${parent}_${own}`
  }
  if (driver !== '') return driver
  const name = cleanName(host.sysRealPath(folder)?.split('/').at(-1) ?? '')
  return name === '' ? undefined : name
}

/** The sensor files of a chip's folder, by the names in it. */
export function sensorFiles(folder: string, names: readonly string[]): SensorFile[] {
  return names.flatMap((name) => {
    const [, type = '', number = '', element = ''] = /^(\D+)(\d*)(?:_(.+))?$/.exec(name) ?? []
    if (!sensorTypes.has(type)) return []
    return [{ path: `${folder}/${name}`, type, sensor: `${type}${Number(number)}`, element }]
  })
}

/** As the original spells names: lower case, other characters as `_`, none at the ends. */
export function cleanName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '')
}
