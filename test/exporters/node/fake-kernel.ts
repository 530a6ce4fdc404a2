/** The kernel of the fake machine: what its system calls answer, beside the files of its folder. */
import type { Libc } from '../../../exporters/node/libc.ts'
import { btrfsCalls, data } from './fake-btrfs.ts'
import { eth0, ethtoolIoctl } from './fake-ethtool.ts'
import { adjtimex, fakeLibc } from './fake-libc.ts'
import { counts, perfCalls } from './fake-perf.ts'

const SIOCETHTOOL = 0x8946

const askInterface = ethtoolIoctl({ eth0 })
const btrfs = btrfsCalls({ '/data': data })

export const fakeKernel: Libc = fakeLibc({
  adjtimex,
  ...perfCalls(counts),
  socket: () => 7,
  open: btrfs.open,
  close: btrfs.close,
  ioctl(fd, request, argument, pointee) {
    if (request === SIOCETHTOOL) return askInterface(argument, pointee)
    return btrfs.ioctl(fd, request, argument)
  },
})
