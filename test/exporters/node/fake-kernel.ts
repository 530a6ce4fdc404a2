/** The kernel of the fake machine: what its system calls answer, beside the files of its folder. */
import type { Libc } from '../../../exporters/node/libc.ts'
import { btrfsCalls, data } from './fake-btrfs.ts'
import { eth0, ethtoolIoctl } from './fake-ethtool.ts'
import { adjtimex, fakeLibc } from './fake-libc.ts'
import { fakeNetlink } from './fake-netlink.ts'
import { fakeNetwork } from './fake-network.ts'
import { counts, perfCalls } from './fake-perf.ts'

const AF_NETLINK = 16
const SIOCETHTOOL = 0x8946

const netlink = fakeNetlink(fakeNetwork)
const askInterface = ethtoolIoctl({ eth0 })
const btrfs = btrfsCalls({ '/data': data })

export const fakeKernel: Libc = fakeLibc({
  ...netlink,
  adjtimex,
  ...perfCalls(counts),
  open: btrfs.open,
  close(fd) {
    netlink.close(fd)
    btrfs.close(fd)
  },
  socket: (domain, type, protocol) =>
    domain === AF_NETLINK ? netlink.socket(domain, type, protocol) : 7,
  ioctl(fd, request, argument, pointee) {
    if (request === SIOCETHTOOL) return askInterface(argument, pointee)
    return btrfs.ioctl(fd, request, argument)
  },
})
