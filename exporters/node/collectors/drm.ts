/** AMD's graphics processors: how busy they are, how much of their memory is in use. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { answerUnless, parseCount, requiredText } from '../sysfs.ts'

const root = 'class/drm'

const info = family('gauge', 'node_drm_card_info', 'A card, as labels.', [
  'card',
  'memory_vendor',
  'power_performance_level',
  'unique_id',
  'vendor',
])
const gauge = families('gauge', ['card'], {
  node_drm_gpu_busy_percent: 'How busy the processor is, in percent.',
  node_drm_memory_gtt_size_bytes: 'Memory of the machine that the card may use, in bytes.',
  node_drm_memory_gtt_used_bytes: 'How much of that is in use, in bytes.',
  node_drm_memory_vis_vram_size_bytes: 'Memory of the card that the machine sees, in bytes.',
  node_drm_memory_vis_vram_used_bytes: 'How much of that is in use, in bytes.',
  node_drm_memory_vram_size_bytes: 'Memory of the card, in bytes.',
  node_drm_memory_vram_used_bytes: 'How much of that is in use, in bytes.',
})

const files = [
  ['gpu_busy_percent', gauge.node_drm_gpu_busy_percent],
  ['mem_info_gtt_total', gauge.node_drm_memory_gtt_size_bytes],
  ['mem_info_gtt_used', gauge.node_drm_memory_gtt_used_bytes],
  ['mem_info_vis_vram_total', gauge.node_drm_memory_vis_vram_size_bytes],
  ['mem_info_vis_vram_used', gauge.node_drm_memory_vis_vram_used_bytes],
  ['mem_info_vram_total', gauge.node_drm_memory_vram_size_bytes],
  ['mem_info_vram_used', gauge.node_drm_memory_vram_used_bytes],
] as const

export default defineCollector({
  name: 'drm',
  enabled: false,
  help: "AMD's graphics processors, from /sys/class/drm.",
  flags: {},
  families: [info, ...Object.values(gauge)],
  collect({ host, out }) {
    for (const card of host.sysList(root)) {
      // The original's pattern, which leaves out a tenth card.
      if (!/^card\d$/.test(card)) continue
      const device = `${root}/${card}/device`
      if (!requiredText(host, `${device}/uevent`).includes('DRIVER=amdgpu')) continue
      // A card that is being reset, or asleep, has no data.
      answerUnless(['ENODATA'], () => addCard(host, out, card, device))
    }
  },
})

function addCard(host: Host, out: Out, card: string, device: string): void {
  const values = files.map(([file]) => {
    const text = host.sysText(`${device}/${file}`)
    return text === undefined ? 0 : parseCount(text, `${device}/${file}`)
  })
  const text = (file: string): string => host.sysText(`${device}/${file}`) ?? ''
  const level = text('power_dpm_force_performance_level')
  out.add(info, 1, card, text('mem_info_vram_vendor'), level, text('unique_id'), 'amd')
  for (const [index, [, declaration]] of files.entries()) {
    out.add(declaration, values[index] ?? 0, card)
  }
}
