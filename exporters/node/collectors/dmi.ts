/** Who made this machine, and its firmware. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'

const root = 'class/dmi/id'

/** Labels, and the file where it is called otherwise. */
const labels: Readonly<Record<string, string>> = {
  bios_date: 'bios_date',
  bios_release: 'bios_release',
  bios_vendor: 'bios_vendor',
  bios_version: 'bios_version',
  board_asset_tag: 'board_asset_tag',
  board_name: 'board_name',
  board_serial: 'board_serial',
  board_vendor: 'board_vendor',
  board_version: 'board_version',
  chassis_asset_tag: 'chassis_asset_tag',
  chassis_serial: 'chassis_serial',
  chassis_vendor: 'chassis_vendor',
  chassis_version: 'chassis_version',
  product_family: 'product_family',
  product_name: 'product_name',
  product_serial: 'product_serial',
  product_sku: 'product_sku',
  product_uuid: 'product_uuid',
  product_version: 'product_version',
  system_vendor: 'sys_vendor',
}

const info = family('gauge', 'node_dmi_info', 'The machine, as labels.', Object.keys(labels))

export default defineCollector({
  name: 'dmi',
  enabled: true,
  help: 'The machine and its firmware, from /sys/class/dmi/id, read once.',
  flags: {},
  families: [info],
  start({ host }) {
    if (!host.hasSys(root)) return undefined
    // Serial numbers are for root only: what may not be read is no label.
    const known = Object.entries(labels).flatMap(([label, file]) => {
      const text = host.sysAttribute(`${root}/${file}`)
      return text === undefined ? [] : [[label, text] as const]
    })
    const names = known.map(([label]) => label)
    const texts = known.map(([, text]) => text)
    return { declaration: family('gauge', info.name, info.help, names), texts }
  },
  collect({ out, state }) {
    if (state === undefined) throw new NoData('the firmware has no DMI table')
    out.add(state.declaration, 1, ...state.texts)
  },
})
