import { expect, test } from 'vitest'
import { NoData } from '../../../exporters/node/collector.ts'
import { loadLibc } from '../../../exporters/node/libc.ts'

const libc = loadLibc()

test.runIf(process.platform === 'linux' && process.versions.node >= '26.1')(
  'this Node makes system calls',
  () => expect(libc.missing).toBeUndefined(),
)

if (libc.missing === undefined) {
  test('adjtimex fills its struct: a tick is about 10 ms', () => {
    const timex = Buffer.alloc(208)
    expect(libc.adjtimex(timex)).toBeGreaterThanOrEqual(0)
    expect(Math.abs(Number(timex.readBigInt64LE(88)) - 10_000)).toBeLessThan(1000)
  })

  test('a call that fails throws as those of Node do', () => {
    expect(() => libc.ioctl(-1, 0x8946, Buffer.alloc(40))).toThrow(
      expect.objectContaining({ code: 'EBADF', errno: -9, syscall: 'ioctl' }),
    )
    expect(() => libc.open('/nonexistent')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })

  test('a netlink socket answers, and gives up when there is no answer', () => {
    const fd = libc.socket(16, 3, 0) // AF_NETLINK, SOCK_RAW, NETLINK_ROUTE
    try {
      libc.bind(fd, Buffer.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
      libc.setReceiveTimeout(fd, 20)
      const request = Buffer.alloc(32)
      request.writeUInt32LE(32, 0)
      request.writeUInt16LE(18, 4) // RTM_GETLINK
      request.writeUInt16LE(0x301, 6) // NLM_F_REQUEST | NLM_F_DUMP
      expect(libc.send(fd, request)).toBe(32)
      const answer = Buffer.alloc(65_536)
      expect(libc.recv(fd, answer, 0)).toBeGreaterThan(500)
      expect(answer.readUInt16LE(4)).toBe(16) // RTM_NEWLINK
      expect(answer.includes('lo\0')).toBe(true)
      while (answer.readUInt16LE(4) !== 3) libc.recv(fd, answer, 0) // NLMSG_DONE
      expect(() => libc.recv(fd, answer, 0)).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
    } finally {
      libc.close(fd)
    }
  })

  test('ioctl takes a struct that points to another, also to a small one', () => {
    const fd = libc.socket(2, 2, 0) // AF_INET, SOCK_DGRAM
    try {
      const request = Buffer.alloc(40)
      request.write('lo')
      for (const bytes of [Buffer.alloc(8), new Uint8Array(8), Buffer.alloc(4096)]) {
        bytes[0] = 10 // ETHTOOL_GLINK
        bytes[4] = 99
        expect(libc.ioctl(fd, 0x8946, request, { bytes, offset: 16 })).toBe(0)
        expect(bytes[4]).toBeLessThan(2)
      }
    } finally {
      libc.close(fd)
    }
  })
}

test.each([
  ['linux', 'arm'],
  ['linux', 's390x'],
  ['darwin', 'arm64'],
])('%s/%s has other structs, so every call throws NoData with the reason', (platform, arch) => {
  const absent = loadLibc(platform, arch)
  expect(absent.missing).toBe(`no system calls are known for ${platform}/${arch}`)
  expect(() => absent.adjtimex(Buffer.alloc(208))).toThrow(NoData)
  expect(() => absent.socket(16, 3, 0)).toThrow(absent.missing)
})
