/** Temperatures, fans, voltages and whatever else sensor chips tell. */

import { type FamilyDeclaration, family } from '../../../shared/exposition/declare.ts'
import { parseValue } from '../../../shared/exposition/number.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { type Chip, cleanName, listChips, type SensorFile, sensorFiles } from '../hwmon-chips.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { listDevices } from '../sysfs.ts'

const root = 'class/hwmon'

const chipName = family('gauge', 'node_hwmon_chip_names', 'What the driver calls a chip.', [
  'chip',
  'chip_name',
])
const sensorLabel = family('gauge', 'node_hwmon_sensor_label', 'What the board calls a sensor.', [
  'chip',
  'sensor',
  'label',
])
const sensorAt = ['chip', 'sensor'] as const
const energy = 'node_hwmon_energy_joule_total'

/** The rest is named after the files: `node_hwmon_temp_max_celsius` is temp1_max and its like. */
const dynamic = [
  family('gauge', 'node_hwmon_<reading>', 'Sensor readings: <reading>.', sensorAt),
  family('counter', energy, 'Sensor readings: energy_joule_total.', sensorAt),
]

/** What one sensor says, by the element of it: `input`, `max`, `label`. */
type Sensor = { readonly type: string; readonly elements: Map<string, string> }

type Declared = Map<string, FamilyDeclaration<typeof sensorAt>>

export default defineCollector({
  name: 'hwmon',
  enabled: true,
  help: 'Sensors, from /sys/class/hwmon.',
  flags: {
    'chip-include': { help: 'Regexp of the chips to show.', default: '' },
    'chip-exclude': { help: 'Regexp of the chips to leave out.', default: '' },
    'sensor-include': { help: 'Regexp of the sensors to show, as chip;sensor.', default: '' },
    'sensor-exclude': { help: 'Regexp of the sensors to leave out, as chip;sensor.', default: '' },
  },
  families: [chipName, sensorLabel, ...dynamic],
  start(context) {
    const pair = (kind: 'chip' | 'sensor') =>
      includeAndExclude(context, { include: `${kind}-include`, exclude: `${kind}-exclude` })
    const declared: Declared = new Map()
    return { ignoresChip: pair('chip'), ignoresSensor: pair('sensor'), declared }
  },
  // Sensors behind I2C take milliseconds each.
  read: (context) => context.host.askSlowSys(root, context, '*/*[0-9]*', '*/device/*[0-9]*'),
  collect({ host, out, state }) {
    let nameless: Chip | undefined
    for (const chip of listChips(host, listDevices(host, root))) {
      if (chip.label === undefined) {
        nameless = chip
        continue
      }
      if (state.ignoresChip(chip.label)) continue
      if (chip.name !== '') out.add(chipName, 1, chip.label, chip.name)
      for (const [sensor, content] of readSensors(host, chip.folder)) {
        if (state.ignoresSensor(`${chip.label};${sensor}`)) continue
        addSensor(out, state.declared, chip.label, sensor, content)
      }
    }
    if (nameless !== undefined) throw new Error(`${nameless.folder}: nothing there gives it a name`)
  },
})

/** Older drivers have their files in the device's folder; what is there counts more. */
function readSensors(host: Host, folder: string): Map<string, Sensor> {
  const sensors = new Map<string, Sensor>()
  for (const place of [folder, `${folder}/device`]) {
    for (const file of sensorFiles(place, host.sysList(place))) readSensor(host, file, sensors)
  }
  return sensors
}

function readSensor(host: Host, file: SensorFile, sensors: Map<string, Sensor>): void {
  const { type, element } = file
  let content: string | undefined
  try {
    content = host.sysShort(file.path)
  } catch {
    return // sensors that are not wired answer with all kinds of errors: they are left out
  }
  if (content === undefined) return
  let sensor = sensors.get(file.sensor)
  if (sensor === undefined) {
    sensor = { type, elements: new Map() }
    sensors.set(file.sensor, sensor)
  }
  sensor.elements.set(element, content.replace(/^\n+|\n+$/g, ''))
}

function addSensor(out: Out, declared: Declared, chip: string, name: string, sensor: Sensor): void {
  const { type, elements } = sensor
  const label = elements.get('label')
  if (label !== undefined) out.add(sensorLabel, 1, chip, name, label)
  const add = (metric: string, value: number, shownName = name): void => {
    let declaration = declared.get(metric)
    if (declaration === undefined) {
      const reading = metric.slice('node_hwmon_'.length)
      const kind = metric === energy ? 'counter' : 'gauge'
      declaration = family(kind, metric, `Sensor readings: ${reading}.`, sensorAt)
      declared.set(metric, declaration)
    }
    out.add(declaration, value, chip, shownName)
  }
  const whole = elements.get('')
  if (type === 'beep_enable' || type === 'vrm' || type === 'update_interval') {
    const value = type === 'beep_enable' ? Number(whole === '1') : parseValue(whole ?? '')
    if (value !== undefined) add(...chipReading(type, value))
    return
  }
  for (const [element, text] of elements) {
    const value = element === 'label' ? undefined : parseValue(text)
    if (value === undefined) continue
    if (type === 'freq' && element === 'input') {
      if (label !== undefined) add('node_hwmon_freq_freq_mhz', value / 1e6, cleanName(label))
      continue
    }
    const isBare = element === '' || (element === 'input' && whole === undefined)
    const base = isBare ? `node_hwmon_${type}` : `node_hwmon_${type}_${cleanName(element)}`
    const [unit, scaled] = inUnit(type, element, value)
    add(base + unit, scaled)
  }
}

/** The family of what is said of the whole chip, and the value in its unit. */
function chipReading(
  type: 'beep_enable' | 'vrm' | 'update_interval',
  value: number,
): readonly [string, number] {
  switch (type) {
    case 'beep_enable':
      return ['node_hwmon_beep_enabled', value]
    case 'vrm':
      return ['node_hwmon_voltage_regulator_version', value]
    case 'update_interval':
      return ['node_hwmon_update_interval_seconds', value * 0.001]
  }
}

/** The rest of the family's name, and the value in its unit. */
function inUnit(type: string, element: string, value: number): [string, number] {
  if (element === 'fault' || element === 'alarm') return ['', value]
  if (element === 'beep') return ['_enabled', value]
  switch (type) {
    case 'in':
    case 'cpu':
      return ['_volts', value * 0.001]
    case 'temp':
      return element === 'type' ? ['', value] : ['_celsius', value * 0.001]
    case 'curr':
      return ['_amps', value * 0.001]
    case 'energy':
      return ['_joule_total', value / 1e6]
    case 'power':
      if (element === 'accuracy') return ['', value / 1e6]
      if (/^average_interval(_min|_max)?$/.test(element)) return ['_seconds', value * 0.001]
      return ['_watt', value / 1e6]
    case 'humidity':
      return ['', value / 1e6]
    case 'fan':
      return [/^(input|min|max|target)$/.test(element) ? '_rpm' : '', value]
    default:
      return ['', value]
  }
}
