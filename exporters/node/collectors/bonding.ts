/** How many interfaces a bond has, and how many of them work. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import type { Host } from '../host.ts'
import { requiredText } from '../sysfs.ts'

const root = 'class/net'

const gauge = families('gauge', ['master'], {
  node_bonding_active: 'Interfaces of a bond that work.',
  node_bonding_slaves: 'Interfaces of a bond.',
})

export default defineCollector({
  name: 'bonding',
  enabled: true,
  help: 'Bonds of network interfaces, from /sys/class/net.',
  flags: {},
  families: Object.values(gauge),
  collect({ host, out }) {
    const masters = host.sysText(`${root}/bonding_masters`)
    if (masters === undefined) throw new NoData('the kernel has no bonds')
    for (const master of words(masters)) {
      const slaves = words(requiredText(host, `${root}/${master}/bonding/slaves`))
      const active = slaves.filter((slave) => isUp(host, master, slave))
      out.add(gauge.node_bonding_slaves, slaves.length, master)
      out.add(gauge.node_bonding_active, active.length, master)
    }
  },
})

function isUp(host: Host, master: string, slave: string): boolean {
  const status = 'bonding_slave/mii_status'
  const state =
    host.sysText(`${root}/${master}/lower_${slave}/${status}`) ??
    // Kernels before 3.13.
    requiredText(host, `${root}/${master}/slave_${slave}/${status}`)
  return state === 'up'
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
