/** The clock: what time it is, in which zone, and which clocksource the kernel reads. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { zoneAbbreviation } from '../time-zone.ts'

const seconds = family('gauge', 'node_time_seconds', 'System time in seconds since the epoch.', [])
const offset = family(
  'gauge',
  'node_time_zone_offset_seconds',
  'How far local time is ahead of UTC, in seconds.',
  ['time_zone'],
)
const available = family(
  'gauge',
  'node_time_clocksource_available_info',
  'A clocksource the kernel could use.',
  ['device', 'clocksource'],
)
const current = family(
  'gauge',
  'node_time_clocksource_current_info',
  'The clocksource the kernel uses.',
  ['device', 'clocksource'],
)

const directory = 'devices/system/clocksource'

export default defineCollector({
  name: 'time',
  enabled: true,
  help: 'System time, time zone and clocksources.',
  flags: {},
  families: [seconds, offset, available, current],
  start: ({ host }) => ({
    devices: host.sysList(directory).filter((name) => /^clocksource\d/.test(name)),
    /** The abbreviation for the offset seen last; it changes twice a year at most. */
    zone: { offsetSeconds: Number.NaN, name: '' },
  }),
  collect({ host, out, state: { devices, zone } }) {
    const now = new Date()
    const offsetSeconds = -now.getTimezoneOffset() * 60
    if (offsetSeconds !== zone.offsetSeconds) {
      zone.offsetSeconds = offsetSeconds
      zone.name = zoneAbbreviation(offsetSeconds, host)
    }
    out.add(seconds, now.getTime() / 1000)
    out.add(offset, offsetSeconds, zone.name)
    for (const [index, device] of devices.entries()) {
      const all = host.sysAttribute(`${directory}/${device}/available_clocksource`) ?? ''
      for (const source of all.split(' ')) {
        if (source !== '') out.add(available, 1, String(index), source)
      }
      const used = host.sysAttribute(`${directory}/${device}/current_clocksource`)
      if (used !== undefined) out.add(current, 1, String(index), used)
    }
  },
})
