/** Batteries, chargers and mains. */

import { type FamilyDeclaration, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { answerUnless, listDevices, parsePrefixed } from '../sysfs.ts'

const root = 'class/power_supply'

/** Microvolts, microamperes and so on. */
const micro = 1e6
/** Tenths of a degree. */
const tenths = 10

/** File, the end of the family's name, divisor, help. */
const rows = [
  ['authentic', 'authentic', 1, 'Whether the supply proved to be a genuine one.'],
  ['calibrate', 'calibrate', 1, 'Whether it is being calibrated.'],
  ['capacity', 'capacity', 1, 'Charge in percent.'],
  ['capacity_alert_max', 'capacity_alert_max', 1, 'Percent above which it raises an alert.'],
  ['capacity_alert_min', 'capacity_alert_min', 1, 'Percent below which it raises an alert.'],
  ['charge_control_limit', 'charge_control_limit', micro, 'Limit on charging in force.'],
  ['charge_control_limit_max', 'charge_control_limit_max', micro, 'The highest such limit.'],
  ['charge_counter', 'charge_counter', micro, 'Charge counter, in ampere hours.'],
  ['charge_empty', 'charge_empty', micro, 'Charge when it counts as empty, in ampere hours.'],
  ['charge_empty_design', 'charge_empty_design', micro, 'The same as it was designed.'],
  ['charge_full', 'charge_full', micro, 'Charge when full, in ampere hours.'],
  ['charge_full_design', 'charge_full_design', micro, 'The same as it was designed.'],
  ['charge_now', 'charge_ampere', micro, 'Charge now, in ampere hours.'],
  ['charge_term_current', 'charge_term_current', micro, 'Current, in amperes, that ends charging.'],
  ['constant_charge_current', 'constant_charge_current', micro, 'Charging current in amperes.'],
  ['constant_charge_current_max', 'constant_charge_current_max', micro, 'The highest such one.'],
  ['constant_charge_voltage', 'constant_charge_voltage', micro, 'Charging voltage in volts.'],
  ['constant_charge_voltage_max', 'constant_charge_voltage_max', micro, 'The highest such one.'],
  ['current_boot', 'current_boot', micro, 'Current at boot, in amperes.'],
  ['current_max', 'current_max', micro, 'The highest current, in amperes.'],
  ['current_now', 'current_ampere', micro, 'Current now, in amperes.'],
  ['cycle_count', 'cyclecount', 1, 'How often it was charged and discharged.'],
  ['energy_empty', 'energy_empty', micro, 'Energy when it counts as empty, in watt hours.'],
  ['energy_empty_design', 'energy_empty_design', micro, 'The same as it was designed.'],
  ['energy_full', 'energy_full', micro, 'Energy when full, in watt hours.'],
  ['energy_full_design', 'energy_full_design', micro, 'The same as it was designed.'],
  ['energy_now', 'energy_watthour', micro, 'Energy now, in watt hours.'],
  ['input_current_limit', 'input_current_limit', micro, 'Limit on what it draws, in amperes.'],
  ['online', 'online', 1, 'Whether it supplies power.'],
  ['power_now', 'power_watt', micro, 'Power now, in watts.'],
  ['precharge_current', 'precharge_current', micro, 'Current before charging, in amperes.'],
  ['present', 'present', 1, 'Whether it is there.'],
  ['temp', 'temp_celsius', tenths, 'Its temperature in degrees Celsius.'],
  ['temp_alert_max', 'temp_alert_max_celsius', tenths, 'Temperature above which it alerts.'],
  ['temp_alert_min', 'temp_alert_min_celsius', tenths, 'Temperature below which it alerts.'],
  ['temp_ambient', 'temp_ambient_celsius', tenths, 'Temperature around it, in degrees Celsius.'],
  ['temp_ambient_max', 'temp_ambient_max_celsius', tenths, 'The highest allowed around it.'],
  ['temp_ambient_min', 'temp_ambient_min_celsius', tenths, 'The lowest allowed around it.'],
  ['temp_max', 'temp_max_celsius', tenths, 'The highest temperature allowed.'],
  ['temp_min', 'temp_min_celsius', tenths, 'The lowest temperature allowed.'],
  ['time_to_empty_now', 'time_to_empty_seconds', 1, 'Seconds until it is empty.'],
  ['time_to_full_now', 'time_to_full_seconds', 1, 'Seconds until it is full.'],
  ['voltage_boot', 'voltage_boot', micro, 'Voltage at boot, in volts.'],
  ['voltage_max', 'voltage_max', micro, 'The highest voltage, in volts.'],
  ['voltage_max_design', 'voltage_max_design', micro, 'The same as it was designed.'],
  ['voltage_min', 'voltage_min', micro, 'The lowest voltage, in volts.'],
  ['voltage_min_design', 'voltage_min_design', micro, 'The same as it was designed.'],
  ['voltage_now', 'voltage_volt', micro, 'Voltage now, in volts.'],
  ['voltage_ocv', 'voltage_ocv', micro, 'Voltage without load, in volts.'],
] as const

type Attribute = {
  readonly file: string
  readonly divisor: number
  readonly declaration: FamilyDeclaration<readonly ['power_supply']>
}

const attributes = new Map<string, Attribute>(
  rows.map(([file, end, divisor, help]) => {
    const declaration = family('gauge', `node_power_supply_${end}`, help, ['power_supply'])
    return [file, { file, divisor, declaration }]
  }),
)

const texts = [
  'capacity_level',
  'charge_type',
  'health',
  'manufacturer',
  'model_name',
  'serial_number',
  'status',
  'technology',
  'type',
  'usb_type',
  'scope',
]
const info = family('gauge', 'node_power_supply_info', 'A supply, as labels.', [
  'power_supply',
  ...texts,
])

export default defineCollector({
  name: 'powersupplyclass',
  enabled: true,
  help: 'Batteries and mains, from /sys/class/power_supply.',
  flags: {
    'ignored-supplies': {
      help: 'Regexp of the supplies to leave out.',
      default: '^$',
      fullName: 'powersupply.ignored-supplies',
    },
  },
  families: [...[...attributes.values()].map(({ declaration }) => declaration), info],
  start: ({ regexp }) => ({ ignored: regexp('ignored-supplies') }),
  // Batteries answer over I2C or by way of the firmware, some in 30 ms an attribute.
  read: (context) => context.host.askSlowSys(root, context, '*/*'),
  collect({ host, out, state }) {
    for (const name of listDevices(host, root)) {
      if (!state.ignored.test(name)) addSupply(host, out, name)
    }
  },
})

function addSupply(host: Host, out: Out, name: string): void {
  const present = host.sysList(`${root}/${name}`)
  for (const file of present) {
    const attribute = attributes.get(file)
    if (attribute === undefined) continue
    const path = `${root}/${name}/${file}`
    const text = readAttribute(host, path)
    if (text === undefined) continue
    const value = parsePrefixed(text)
    if (value === undefined) {
      throw new SyntaxError(`${path}: expected a number, got ${JSON.stringify(text)}`)
    }
    out.add(attribute.declaration, value / attribute.divisor, name)
  }
  const labels = { power_supply: name } as Record<string, string>
  for (const file of texts) {
    if (!present.includes(file)) continue
    const text = readAttribute(host, `${root}/${name}/${file}`)
    if (text !== undefined && text !== '') labels[file] = text
  }
  // Only what the supply knows of itself is a label.
  out.add(family('gauge', info.name, info.help, Object.keys(labels)), 1, ...Object.values(labels))
}

function readAttribute(host: Host, path: string): string | undefined {
  return answerUnless(['ENOTSUP', 'ENODEV', 'EINVAL'], () => host.sysShort(path))?.trim()
}
