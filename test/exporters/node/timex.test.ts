import { expect, test } from 'vitest'
import { NoData } from '../../../exporters/node/collector.ts'
import type { Libc } from '../../../exporters/node/libc.ts'
import { adjtimex, fakeLibc, systemError } from './fake-libc.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

async function collect(call: Libc['adjtimex'], missing?: string) {
  const libc = { ...fakeLibc({ adjtimex: call }), missing }
  const machine = startMachine({ root: fakeMachine, args: only('timex'), libc })
  return { page: await machine.scrape(), log: machine.lines.join('\n') }
}

test('a clock that follows no server counts in microseconds', async () => {
  const { page } = await collect((timex) => {
    adjtimex(timex)
    new DataView(timex.buffer, timex.byteOffset).setInt32(40, 64, true) // STA_UNSYNC
    return 5 // TIME_ERROR
  })
  expect(page).toContain('\nnode_timex_sync_status 0\n')
  expect(page).toContain('\nnode_timex_status 64\n')
  expect(page).toContain('\nnode_timex_offset_seconds -0.001234\n')
  expect(page).toContain('\nnode_timex_pps_jitter_seconds 4.2e-05\n')
})

test('a call that is not permitted is no data', async () => {
  const { page, log } = await collect(() => {
    throw systemError('EPERM', 1, 'adjtimex')
  })
  expect(page).toContain('node_scrape_collector_outcome{collector="timex",outcome="no_data"} 1')
  expect(log).toContain('level=DEBUG')
  expect(log).toContain('adjtimex is not permitted here')
})

test('a call that fails otherwise is a failure', async () => {
  const { page, log } = await collect(() => {
    throw systemError('EFAULT', 14, 'adjtimex')
  })
  expect(page).not.toContain('outcome="no_data"')
  expect(page).toContain('node_scrape_collector_success{collector="timex"} 0')
  expect(log).toContain('err="adjtimex: EFAULT"')
})

test('without system calls there is no data, and the log tells why once', async () => {
  const { page, log } = await collect(() => {
    throw new NoData('this Node is too old')
  }, 'this Node is too old')
  expect(page).toContain('node_scrape_collector_outcome{collector="timex",outcome="no_data"} 1')
  expect(log.match(/level=INFO .*No system calls/g)).toHaveLength(1)
})
