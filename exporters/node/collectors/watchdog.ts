/** Hardware that restarts the machine when nobody tells it not to. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { listDevices, optionalCount } from '../sysfs.ts'

const root = 'class/watchdog'

const gauge = families('gauge', ['name'], {
  node_watchdog_access_cs0: 'Whether the firmware was started from its second copy.',
  node_watchdog_bootstatus: 'Why the machine was last restarted.',
  node_watchdog_fw_version: 'Version of the firmware of the watchdog.',
  node_watchdog_nowayout: 'Whether the watchdog cannot be stopped.',
  node_watchdog_pretimeout_seconds: 'How long before the restart it gives a warning.',
  node_watchdog_timeleft_seconds: 'Seconds until the restart.',
  node_watchdog_timeout_seconds: 'Seconds that it waits.',
})

const files: readonly (readonly [string, FamilyDeclaration<readonly ['name']>])[] = [
  ['access_cs0', gauge.node_watchdog_access_cs0],
  ['bootstatus', gauge.node_watchdog_bootstatus],
  ['fw_version', gauge.node_watchdog_fw_version],
  ['nowayout', gauge.node_watchdog_nowayout],
  ['pretimeout', gauge.node_watchdog_pretimeout_seconds],
  ['timeleft', gauge.node_watchdog_timeleft_seconds],
  ['timeout', gauge.node_watchdog_timeout_seconds],
]

const texts = ['options', 'identity', 'state', 'status', 'pretimeout_governor']
const info = family('gauge', 'node_watchdog_info', 'A watchdog, as labels.', ['name', ...texts])

export default defineCollector({
  name: 'watchdog',
  enabled: true,
  help: 'Watchdogs, from /sys/class/watchdog.',
  flags: {},
  families: [...Object.values(gauge), info],
  collect({ host, out }) {
    for (const name of listDevices(host, root)) {
      const folder = `${root}/${name}`
      for (const [file, declaration] of files) {
        const value = optionalCount(host, `${folder}/${file}`)
        if (value !== undefined) out.add(declaration, value, name)
      }
      const text = (file: string): string => host.sysText(`${folder}/${file}`) ?? ''
      out.add(info, 1, name, ...texts.map(text))
    }
  },
})
