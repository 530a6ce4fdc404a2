/**
 * The cgroups of the system manager's units, found by their folders: slices hold units, other units
 * hold what they like (a user's manager, containers), which is theirs and not looked into. So a name
 * is there once, as in systemctl.
 */

import type { Host } from './host.ts'

export const cgroupRoot = 'fs/cgroup'

const unitName = /.\.(service|slice|scope|socket|mount|swap)$/

export type UnitCgroup = {
  /** As systemd names the unit: `nginx.service`. */
  readonly unit: string
  /** Its folder in sysfs. */
  readonly folder: string
}

/** Undefined where cgroups are not those of version 2, or not mounted. */
export function unitCgroups(host: Host): UnitCgroup[] | undefined {
  if (!host.hasSys(`${cgroupRoot}/cgroup.controllers`)) return undefined
  const found: UnitCgroup[] = []
  const lookInto = (parent: string): void => {
    for (const name of host.sysList(parent)) {
      if (!unitName.test(name)) continue
      const folder = `${parent}/${name}`
      found.push({ unit: unescaped(name), folder })
      if (name.endsWith('.slice')) lookInto(folder)
    }
  }
  lookInto(cgroupRoot)
  return found
}

/** systemd puts a `_` before names that the kernel could take for a file of its own. */
function unescaped(name: string): string {
  return name.startsWith('_') ? name.slice(1) : name
}
