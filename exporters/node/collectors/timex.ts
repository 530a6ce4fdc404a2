/** How well the clock is kept: what adjtimex(2) tells of the kernel's NTP discipline. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import type { Libc } from '../libc.ts'
import { answerUnless } from '../sysfs.ts'

const gauge = families('gauge', [], {
  node_timex_estimated_error_seconds: 'Estimated error of the clock, in seconds.',
  node_timex_frequency_adjustment_ratio: 'How much faster than its hardware the clock runs.',
  node_timex_loop_time_constant: 'Time constant of the loop that follows the time server.',
  node_timex_maxerror_seconds: 'Largest possible error of the clock, in seconds.',
  node_timex_offset_seconds: 'What is left of the last correction, in seconds.',
  node_timex_pps_frequency_hertz: 'Frequency by the pulse-per-second signal, in hertz.',
  node_timex_pps_jitter_seconds: 'Jitter of the pulse-per-second signal, in seconds.',
  node_timex_pps_shift_seconds: 'Length of a calibration interval, in seconds.',
  node_timex_pps_stability_hertz: 'Wander of the pulse-per-second frequency, in hertz.',
  node_timex_status: 'The status bits of the clock: STA_PLL is 1, STA_UNSYNC 64, and so on.',
  node_timex_sync_status: 'Whether the clock follows a time server.',
  node_timex_tai_offset_seconds: 'How far TAI is ahead of UTC, in seconds.',
  node_timex_tick_seconds: 'What a tick adds to the clock, in seconds.',
})
const counter = families('counter', [], {
  node_timex_pps_calibration_total: 'Calibration intervals of the pulse-per-second signal.',
  node_timex_pps_error_total: 'Calibrations that failed.',
  node_timex_pps_jitter_total: 'Pulses whose jitter was too large.',
  node_timex_pps_stability_exceeded_total: 'Calibrations whose wander was too large.',
})

/** Returned by adjtimex when the clock is not synchronised. */
const TIME_ERROR = 5
/** The status bit that says that offset and jitter are in nanoseconds. */
const STA_NANO = 0x2000
/** Frequencies are in parts per million with 16 bits behind the point. */
const scaledPpm = 65_536e6

export default defineCollector({
  name: 'timex',
  enabled: true,
  help: 'The discipline of the clock, from adjtimex(2).',
  flags: {},
  families: [...Object.values(gauge), ...Object.values(counter)],
  start: ({ host, log }) => ({ libc: host.libc(log) }),
  collect({ out, state }) {
    const { sync, bytes } = ask(state.libc)
    // struct timex of adjtimex(2), where long has 64 bits: those are the only ones that libc.ts knows.
    const long = (offset: number): number => Number(bytes.readBigInt64LE(offset))
    const status = bytes.readInt32LE(40)
    const perSecond = (status & STA_NANO) === 0 ? 1e6 : 1e9
    out.add(gauge.node_timex_sync_status, sync ? 1 : 0)
    out.add(gauge.node_timex_offset_seconds, long(8) / perSecond)
    out.add(gauge.node_timex_frequency_adjustment_ratio, 1 + long(16) / scaledPpm)
    out.add(gauge.node_timex_maxerror_seconds, long(24) / 1e6)
    out.add(gauge.node_timex_estimated_error_seconds, long(32) / 1e6)
    out.add(gauge.node_timex_status, status)
    out.add(gauge.node_timex_loop_time_constant, long(48))
    out.add(gauge.node_timex_tick_seconds, long(88) / 1e6)
    out.add(gauge.node_timex_pps_frequency_hertz, long(96) / scaledPpm)
    out.add(gauge.node_timex_pps_jitter_seconds, long(104) / perSecond)
    out.add(gauge.node_timex_pps_shift_seconds, bytes.readInt32LE(112))
    out.add(gauge.node_timex_pps_stability_hertz, long(120) / scaledPpm)
    out.add(counter.node_timex_pps_jitter_total, long(128))
    out.add(counter.node_timex_pps_calibration_total, long(136))
    out.add(counter.node_timex_pps_error_total, long(144))
    out.add(counter.node_timex_pps_stability_exceeded_total, long(152))
    out.add(gauge.node_timex_tai_offset_seconds, bytes.readInt32LE(160))
  },
})

/** Field `modes` is 0: the clock is read, not set, which takes no privilege. */
function ask(libc: Libc): { sync: boolean; bytes: Buffer } {
  const bytes = Buffer.alloc(208)
  // Some containers forbid the call as such.
  const state = answerUnless(['EPERM', 'EACCES'], () => libc.adjtimex(bytes))
  if (state === undefined) throw new NoData('adjtimex is not permitted here')
  return { sync: state !== TIME_ERROR, bytes }
}
