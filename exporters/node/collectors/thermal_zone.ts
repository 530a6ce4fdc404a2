/** Temperatures of thermal zones, and what the machine's coolers do. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import type { Host } from '../host.ts'
import { parseInteger } from '../sysfs.ts'

const root = 'class/thermal'

const temperature = family('gauge', 'node_thermal_zone_temp', 'Temperature in degrees Celsius.', [
  'zone',
  'type',
])
const cooler = families('gauge', ['name', 'type'], {
  node_cooling_device_cur_state: 'How much a cooler, or a limit on the speed, is in use.',
  node_cooling_device_max_state: 'The most that a cooler, or a limit on the speed, can do.',
})

export default defineCollector({
  name: 'thermal_zone',
  enabled: true,
  help: 'Thermal zones and coolers, from /sys/class/thermal.',
  flags: {},
  families: [temperature, ...Object.values(cooler)],
  read: (context) => context.host.askSlowSys(root, context, '*/temp', '*/cur_state'),
  collect({ host, out }) {
    for (const name of host.sysList(root)) {
      const [, kind, number] = /^(thermal_zone|cooling_device)(\d.*)$/.exec(name) ?? []
      if (number === undefined) continue
      const type = readIfAnswered(host, `${root}/${name}/type`)
      if (kind === 'thermal_zone') {
        // A zone that is switched off refuses to answer; the original shows 0 then.
        const milli = parseInteger(readIfAnswered(host, `${root}/${name}/temp`) ?? '') ?? 0
        out.add(temperature, milli / 1000, number, type ?? '')
        continue
      }
      const current = parseInteger(readIfAnswered(host, `${root}/${name}/cur_state`) ?? '')
      const most = parseInteger(readIfAnswered(host, `${root}/${name}/max_state`) ?? '')
      if (type === undefined || current === undefined || most === undefined) continue
      out.add(cooler.node_cooling_device_cur_state, current, number, type)
      out.add(cooler.node_cooling_device_max_state, most, number, type)
    }
  },
})

function readIfAnswered(host: Host, path: string): string | undefined {
  try {
    return host.sysShort(path)?.trim()
  } catch {
    return undefined // whatever the reason is, the other zones count
  }
}
