/** The known weaknesses of the CPU and what the kernel does about them. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'

const info = family(
  'gauge',
  'node_cpu_vulnerabilities_info',
  'A weakness of the CPU and its mitigation, as labels.',
  ['codename', 'state', 'mitigation'],
)

const folder = 'devices/system/cpu/vulnerabilities'
const notAffected = 'not affected'

export default defineCollector({
  name: 'cpu_vulnerabilities',
  enabled: false,
  help: 'Weaknesses of the CPU, from /sys/devices/system/cpu/vulnerabilities.',
  flags: {},
  families: [info],
  collect({ host, out }) {
    for (const codename of host.sysList(folder)) {
      const text = host.sysIfAny(`${folder}/${codename}`)?.toString().trim()
      if (text === undefined) continue
      const { state, mitigation } = parseState(text)
      out.add(info, 1, codename, state, mitigation)
    }
  },
})

/** `Mitigation: PTI` is a state and its mitigation; so is `Vulnerable: Clear CPU buffers attempted`. */
function parseState(text: string): { state: string; mitigation: string } {
  const lower = text.toLowerCase()
  if (lower.startsWith(notAffected)) return { state: notAffected, mitigation: '' }
  const state = ['vulnerable', 'mitigation', 'unknown'].find((word) => lower.startsWith(word))
  if (state === undefined) return { state: 'unknown', mitigation: text }
  return { state, mitigation: text.split(/\s+/).slice(1).join(' ') }
}
