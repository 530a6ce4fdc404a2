/** Errors of the memory that were corrected, or could not be. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { requiredCount } from '../sysfs.ts'

const root = 'devices/system/edac/mc'

const controllers = families('counter', ['controller'], {
  node_edac_correctable_errors_total: 'Errors of a memory controller that were corrected.',
  node_edac_uncorrectable_errors_total: 'Errors of a memory controller that were not.',
})
const csrows = families('counter', ['controller', 'csrow'], {
  node_edac_csrow_correctable_errors_total: 'Errors of a row of memory that were corrected.',
  node_edac_csrow_uncorrectable_errors_total: 'Errors of a row of memory that were not.',
})
const channels = families('counter', ['controller', 'csrow', 'channel', 'dimm_label'], {
  node_edac_channel_correctable_errors_total: 'Errors of a channel that were corrected.',
  node_edac_channel_uncorrectable_errors_total: 'Errors of a channel that were not.',
})

export default defineCollector({
  name: 'edac',
  enabled: true,
  help: 'Errors of the memory, from /sys/devices/system/edac.',
  flags: {},
  families: [...Object.values(controllers), ...Object.values(csrows), ...Object.values(channels)],
  collect({ host, out }) {
    for (const name of host.sysList(root)) {
      const [, controller] = /^mc(\d+)/.exec(name) ?? []
      if (controller !== undefined) addController(host, out, `${root}/${name}`, controller)
    }
  },
})

function addController(host: Host, out: Out, folder: string, controller: string): void {
  const count = (file: string): number => requiredCount(host, `${folder}/${file}`)
  const { node_edac_csrow_correctable_errors_total: corrected } = csrows
  const { node_edac_csrow_uncorrectable_errors_total: uncorrected } = csrows
  out.add(controllers.node_edac_correctable_errors_total, count('ce_count'), controller)
  out.add(corrected, count('ce_noinfo_count'), controller, 'unknown')
  out.add(controllers.node_edac_uncorrectable_errors_total, count('ue_count'), controller)
  out.add(uncorrected, count('ue_noinfo_count'), controller, 'unknown')
  for (const name of host.sysList(folder)) {
    const [, csrow] = /^csrow(\d+)/.exec(name) ?? []
    if (csrow === undefined) continue
    out.add(corrected, count(`${name}/ce_count`), controller, csrow)
    out.add(uncorrected, count(`${name}/ue_count`), controller, csrow)
    addChannels(host, out, `${folder}/${name}`, controller, csrow)
  }
}

function addChannels(
  host: Host,
  out: Out,
  folder: string,
  controller: string,
  csrow: string,
): void {
  for (const file of host.sysList(folder)) {
    const [, channel] = /^ch(\d+)_ce_count$/.exec(file) ?? []
    if (channel === undefined) continue
    const at = [controller, csrow, channel, dimmLabel(host, `${folder}/ch${channel}`)] as const
    const corrected = requiredCount(host, `${folder}/${file}`)
    out.add(channels.node_edac_channel_correctable_errors_total, corrected, ...at)
    const uncorrected = host.sysAttribute(`${folder}/ch${channel}_ue_count`)
    if (uncorrected === undefined || !/^\d+$/.test(uncorrected)) continue
    out.add(channels.node_edac_channel_uncorrectable_errors_total, Number(uncorrected), ...at)
  }
}

/** `mc#0csrow#1channel#0` is mc0_csrow1_channel0. */
function dimmLabel(host: Host, channel: string): string {
  const label = host.sysAttribute(`${channel}_dimm_label`) ?? 'unknown'
  return label.replaceAll('#', '').replaceAll('csrow', '_csrow').replaceAll('channel', '_channel')
}
