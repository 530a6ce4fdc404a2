/** Temperatures of the ACPI thermal zones of a machine with Windows. */

import { family } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector, NoData } from '../collector.ts'
import { lastUpdate } from '../survey.ts'
import { type PortableMachine, surveyFlags, surveyTimes } from './machine.ts'

const temperature = family(
  'gauge',
  'node_thermal_zone_temp',
  'Temperature of a thermal zone, in degrees Celsius.',
  ['zone', 'type'],
)

/** Not for macOS, where it takes a sensor package of native code, nor for the BSDs, in whose order the CPUs get lost. */
export function thermalZone({ survey }: PortableMachine): Collector {
  return defineCollector({
    name: 'thermal_zone',
    enabled: true,
    help: 'Thermal zones that the firmware tells of, in the background.',
    flags: surveyFlags,
    families: [temperature, lastUpdate],
    start: ({ flags }) => survey.add('cpuTemperature', surveyTimes(flags)),
    collect({ out }) {
      const { value, askedAtSeconds } = survey.answer('cpuTemperature')
      if (value.cores.length === 0) throw new NoData('no thermal zones, or no right to see them')
      for (const [zone, celsius] of value.cores.entries()) {
        out.add(temperature, celsius, String(zone), 'acpi')
      }
      out.add(lastUpdate, askedAtSeconds, 'thermal_zone')
    },
  })
}
