/** The kernel of the fake machine: what its system calls answer, beside the files of its folder. */
import type { Libc } from '../../../exporters/node/libc.ts'
import { eth0, ethtoolIoctl } from './fake-ethtool.ts'
import { adjtimex, fakeLibc, systemError } from './fake-libc.ts'
import { counts, perfCalls } from './fake-perf.ts'

const SIOCETHTOOL = 0x8946

const askInterface = ethtoolIoctl({ eth0 })

export const fakeKernel: Libc = fakeLibc({
  adjtimex,
  ...perfCalls(counts),
  socket: () => 7,
  ioctl(_fd, request, argument, pointee) {
    if (request === SIOCETHTOOL) return askInterface(argument, pointee)
    throw systemError('ENOTTY', 25, 'ioctl')
  },
})
