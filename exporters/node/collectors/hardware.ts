/**
 * What the machine is made of, as systeminformation finds it: asked once at the start and seldom again,
 * in the background. What sysfs tells of it for nothing is in `dmi`.
 */

import { type Collector, defineCollector } from '../collector.ts'
import { hardwareFamilies, hardwareQuestions, showPart } from '../hardware-parts.ts'
import { lastUpdate, Survey } from '../survey.ts'
import type { Ask } from '../systeminformation.ts'

export function hardware(ask: Ask): Collector {
  return defineCollector({
    name: 'hardware',
    enabled: false,
    help: 'Firmware, boards, processors, memory modules, disks and graphics cards, once at start.',
    flags: {
      serials: {
        help: 'Show serial numbers and the UUID too. They identify the machine; most need root.',
        default: false,
      },
      'refresh-interval': { help: 'How often is asked again.', duration: '24h' },
      'refresh-timeout': {
        help: 'How long the answers may take together; then they are given up.',
        duration: '60s',
      },
    },
    families: [...hardwareFamilies, lastUpdate],
    start({ flags }) {
      const survey = new Survey(ask)
      const times = { intervalMs: flags['refresh-interval'], timeoutMs: flags['refresh-timeout'] }
      for (const question of hardwareQuestions) survey.add(question, times)
      return survey
    },
    stop: (survey) => survey.stop(),
    collect({ flags, out, state: survey }) {
      const failures: unknown[] = []
      const updates: number[] = []
      for (const question of hardwareQuestions) {
        try {
          const { value, askedAtSeconds } = survey.answer(question)
          showPart(question, value, { out, withSerials: flags.serials })
          updates.push(askedAtSeconds)
        } catch (error) {
          failures.push(error)
        }
      }
      if (updates.length > 0) out.add(lastUpdate, Math.min(...updates), 'hardware')
      // One part that fails must not hide the others, which are written by now.
      if (failures.length > 0) throw failures[0]
    },
  })
}

/** Loaded when it first asks: a host that does not want the inventory has nothing of it in memory. */
const askLazily: Ask = async (questions, timeoutMs) => {
  const { askSystemInformation } = await import('../systeminformation.ts')
  return askSystemInformation(questions, timeoutMs)
}

export default hardware(askLazily)
