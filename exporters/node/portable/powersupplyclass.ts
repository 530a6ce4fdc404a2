/** How full the batteries are. */

import { families } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector, NoData } from '../collector.ts'
import { lastUpdate } from '../survey.ts'
import { type PortableMachine, surveyFlags, surveyTimes } from './machine.ts'

const darwin = families('gauge', ['power_supply'], {
  node_power_supply_charging: 'Whether the battery is being charged.',
  node_power_supply_current_capacity: 'What is left in the battery, in percent.',
  node_power_supply_present: 'Whether the battery is there.',
  node_power_supply_voltage_volt: 'Voltage of the battery.',
})
const windows = families('gauge', ['power_supply'], {
  node_power_supply_capacity: 'What is left in the battery, in percent.',
})

/** systeminformation reads AppleSmartBattery only, and this is what macOS calls that one. */
const internalBattery = 'InternalBattery-0'

/** Not for the BSDs: systeminformation turns mains and battery round, and "unknown" into 0 percent. */
export function powersupplyclass(machine: PortableMachine): Collector {
  return machine.platform === 'darwin' ? ofDarwin(machine) : ofWindows(machine)
}

function ofDarwin({ survey }: PortableMachine): Collector {
  return defineCollector({
    name: 'powersupplyclass',
    enabled: true,
    help: 'The battery, in the background.',
    flags: surveyFlags,
    families: [...Object.values(darwin), lastUpdate],
    start: ({ flags }) => survey.add('battery', surveyTimes(flags)),
    collect({ out }) {
      const { value, askedAtSeconds } = survey.answer('battery')
      if (!value.hasBattery) throw new NoData('there is no battery')
      out.add(darwin.node_power_supply_present, 1, internalBattery)
      out.add(darwin.node_power_supply_current_capacity, value.percent, internalBattery)
      out.add(darwin.node_power_supply_charging, value.isCharging ? 1 : 0, internalBattery)
      if (value.voltage > 0) {
        out.add(darwin.node_power_supply_voltage_volt, value.voltage, internalBattery)
      }
      out.add(lastUpdate, askedAtSeconds, 'powersupplyclass')
    },
  })
}

/** Only how full it is: the voltage there is the designed one, and charging is guessed. */
function ofWindows({ survey }: PortableMachine): Collector {
  return defineCollector({
    name: 'powersupplyclass',
    enabled: true,
    help: 'Batteries, in the background.',
    flags: surveyFlags,
    families: [...Object.values(windows), lastUpdate],
    start: ({ flags }) => survey.add('battery', surveyTimes(flags)),
    collect({ out }) {
      const { value, askedAtSeconds } = survey.answer('battery')
      if (!value.hasBattery) throw new NoData('there is no battery')
      // By their order: what Windows calls them has their serial number in it.
      for (const [index, { percent }] of [value, ...(value.additionalBatteries ?? [])].entries()) {
        out.add(windows.node_power_supply_capacity, percent, `BAT${index}`)
      }
      out.add(lastUpdate, askedAtSeconds, 'powersupplyclass')
    },
  })
}
