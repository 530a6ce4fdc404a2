/** How often the kernel found a task hung. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import { Words } from '../words.ts'

const hung = family('counter', 'node_kernel_hung_tasks_total', 'Tasks found hung.', [])

export default defineCollector({
  name: 'kernel_hung',
  enabled: true,
  help: 'Hung tasks, from /proc/sys/kernel/hung_task_detect_count.',
  flags: {},
  families: [hung],
  collect({ host, out }) {
    const content = host.procIfAny('sys/kernel/hung_task_detect_count')
    if (content === undefined) throw new NoData('the kernel does not count hung tasks')
    out.add(hung, new Words(content).number())
  },
})
