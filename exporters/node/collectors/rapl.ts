/** Energy that the processor's packages and their parts have used. */

import { type FamilyDeclaration, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import type { Host } from '../host.ts'
import { answerUnless, listDevices, parseCount, requiredText } from '../sysfs.ts'

const root = 'class/powercap'

const labels = ['index', 'path'] as const
const perZone = family('counter', 'node_rapl_<zone>_joules_total', 'Energy of a zone.', labels)
const labelled = family('counter', 'node_rapl_joules_total', 'Energy of a zone, in joules.', [
  ...labels,
  'rapl_zone',
])

type Zone = { readonly name: string; readonly index: string; readonly folder: string }

export default defineCollector({
  name: 'rapl',
  enabled: true,
  help: 'Energy of the processors, from /sys/class/powercap; for root only.',
  flags: {
    'enable-zone-label': {
      help: 'One family with the zone as a label, instead of a family for each zone.',
      default: false,
    },
  },
  families: [perZone, labelled],
  start: () => new Map<string, FamilyDeclaration<typeof labels>>(),
  collect({ host, out, flags, state }) {
    for (const { name, index, folder } of listZones(host)) {
      const joules = readJoules(host, folder)
      const at = [index, host.sysPath(folder)] as const
      if (flags['enable-zone-label']) {
        out.add(labelled, joules, ...at, name)
        continue
      }
      const metric = `node_rapl_${name.replace(/_*[^0-9A-Za-z_]+_*/g, '_')}_joules_total`
      let declaration = state.get(metric)
      if (declaration === undefined) {
        const help = `Energy of zones that are called ${name}, in joules.`
        declaration = family('counter', metric, help, labels)
        state.set(metric, declaration)
      }
      out.add(declaration, joules, ...at)
    }
  },
})

/** Zones by name and number; those without a number are counted. */
function listZones(host: Host): Zone[] {
  const seen = new Map<string, number>()
  return listDevices(host, root).flatMap((zone) => {
    const folder = `${root}/${zone}`
    const text = host.sysText(`${folder}/name`)
    if (text === undefined) return []
    const [, numbered, number] = /^([^-]*)-(\d+)$/.exec(text) ?? []
    const name = numbered ?? text
    const earlier = seen.get(name) ?? 0
    seen.set(name, earlier + 1)
    return [
      { name, index: number === undefined ? String(earlier) : String(Number(number)), folder },
    ]
  })
}

function readJoules(host: Host, folder: string): number {
  const read = (file: string): number =>
    parseCount(requiredText(host, `${folder}/${file}`), `${folder}/${file}`)
  const microjoules = answerUnless(['EACCES', 'EPERM'], () => {
    read('max_energy_range_uj') // the original wants it, without showing it
    return read('energy_uj')
  })
  if (microjoules === undefined) throw new NoData('energy_uj is for root only')
  return microjoules / 1e6
}
