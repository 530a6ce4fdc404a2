/** How fast the CPUs run, may run, and who decides. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { parseCpuList } from '../cpu-topology.ts'
import type { Host } from '../host.ts'
import { answerUnless, parseCount, requiredText } from '../sysfs.ts'

const root = 'devices/system/cpu'

const hertz = families('gauge', ['cpu'], {
  node_cpu_frequency_avg_hertz: 'Speed of a CPU since the last question, in hertz.',
  node_cpu_frequency_hertz: 'Speed of a CPU, in hertz.', // as in collector cpu, which shows it too
  node_cpu_frequency_max_hertz: 'The fastest that the hardware can run, in hertz.',
  node_cpu_frequency_min_hertz: 'The slowest that the hardware can run, in hertz.',
  node_cpu_scaling_frequency_hertz: 'Speed that the kernel believes, in hertz.',
  node_cpu_scaling_frequency_max_hertz: 'The fastest that the policy allows, in hertz.',
  node_cpu_scaling_frequency_min_hertz: 'The slowest that the policy allows, in hertz.',
})
const governor = family('gauge', 'node_cpu_scaling_governor', 'Which governor sets the speed.', [
  'cpu',
  'governor',
])

/** In kHz; which of them there are depends on the driver. */
const files: readonly (readonly [
  file: string,
  declaration: FamilyDeclaration<readonly ['cpu']>,
])[] = [
  ['cpuinfo_cur_freq', hertz.node_cpu_frequency_hertz],
  ['cpuinfo_avg_freq', hertz.node_cpu_frequency_avg_hertz],
  ['cpuinfo_min_freq', hertz.node_cpu_frequency_min_hertz],
  ['cpuinfo_max_freq', hertz.node_cpu_frequency_max_hertz],
  ['scaling_cur_freq', hertz.node_cpu_scaling_frequency_hertz],
  ['scaling_min_freq', hertz.node_cpu_scaling_frequency_min_hertz],
  ['scaling_max_freq', hertz.node_cpu_scaling_frequency_max_hertz],
]

/** The original fails without these, also those that it does not show. */
const required = ['related_cpus', 'scaling_driver', 'scaling_setspeed']

export default defineCollector({
  name: 'cpufreq',
  enabled: true,
  help: 'Speed of the CPUs, from /sys/devices/system/cpu/cpu*/cpufreq.',
  flags: {},
  families: [...Object.values(hertz), governor],
  // Some drivers measure the speed when asked, which takes 10 to 50 ms for each core.
  read: (context) => context.host.askSlowSys(root, context, 'cpu*/cpufreq/*_freq'),
  collect({ host, out }) {
    const offline = new Set(parseCpuList(requiredText(host, `${root}/offline`), 'offline'))
    const cpus = host.sysList(root).filter((name) => /^cpu\d/.test(name))
    if (cpus.length === 0) throw new Error(`there are no CPUs in ${host.sysPath(root)}`)
    for (const name of cpus) {
      const cpu = name.slice('cpu'.length)
      const folder = `${root}/${name}/cpufreq`
      if (offline.has(cpu) || !host.hasSys(folder)) continue
      checkRequired(host, folder)
      const current = requiredText(host, `${folder}/scaling_governor`)
      const available = requiredText(host, `${folder}/scaling_available_governors`)
      for (const [file, declaration] of files) {
        const text = answerUnless(['EACCES', 'EPERM'], () => host.sysShort(`${folder}/${file}`))
        if (text === undefined) continue
        out.add(declaration, parseCount(text.trim(), `${folder}/${file}`) * 1000, cpu)
      }
      if (current === '') continue
      for (const word of available.split(' ')) {
        out.add(governor, word === current ? 1 : 0, cpu, word)
      }
    }
  },
})

function checkRequired(host: Host, folder: string): void {
  const missing = required.find((file) => !host.hasSys(`${folder}/${file}`))
  if (missing !== undefined) {
    throw new Error(`open ${host.sysPath(folder)}/${missing}: no such file or directory`)
  }
}
