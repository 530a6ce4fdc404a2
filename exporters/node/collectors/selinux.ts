/** Whether SELinux is on, what it does and what it would do after a restart. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const gauge = families('gauge', [], {
  node_selinux_enabled: 'Whether SELinux is on.',
  node_selinux_config_mode: 'Mode in the configuration: 1 enforcing, 0 permissive, -1 disabled.',
  node_selinux_current_mode: 'Mode now: 1 enforcing, 0 permissive, -1 disabled.',
})

const modes = new Map([
  ['enforcing', 1],
  ['permissive', 0],
])
const disabled = -1

export default defineCollector({
  name: 'selinux',
  enabled: true,
  help: 'State of SELinux, from /sys/fs/selinux and /etc/selinux/config.',
  flags: {},
  families: Object.values(gauge),
  collect({ host, out }) {
    // The file is there exactly where selinuxfs is mounted.
    const enforce = host.sysIfAny('fs/selinux/enforce')
    const current = enforce === undefined ? disabled : new Words(enforce).number()
    // Until a policy is loaded, everything has the context of the kernel.
    const context = host.procIfAllowed('self/attr/current')?.toString().replace(/\0.*/s, '')
    if (enforce === undefined || context === 'kernel') {
      out.add(gauge.node_selinux_enabled, 0)
      return
    }
    out.add(gauge.node_selinux_enabled, 1)
    const config = host.readFileCached(host.rootfs('/etc/selinux/config')) ?? ''
    const mode = /^\s*SELINUX\s*=\s*(\S*)\s*$/m.exec(config)?.[1] ?? ''
    out.add(gauge.node_selinux_config_mode, modes.get(mode) ?? disabled)
    out.add(gauge.node_selinux_current_mode, current)
  },
})
