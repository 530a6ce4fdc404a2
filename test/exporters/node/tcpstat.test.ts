import { expect, test } from 'vitest'
import { fakeLibc, systemError } from './fake-libc.ts'
import { fakeNetlink, type Request } from './fake-netlink.ts'
import { only, startMachine } from './machine.ts'
import { datagram, done, error, item, uint32s } from './netlink-messages.ts'

/** A socket of inet_diag: its state, bytes to be read and to be sent. */
function socket(state: number, rx: number, tx: number): Buffer {
  const message = Buffer.alloc(72)
  message.writeUInt8(state, 1)
  message.set(uint32s(rx, tx), 56)
  return item(20, message)
}

function tcpAnswer({ protocol, type, content }: Request): Buffer[] {
  const isAsked = protocol === 4 && type === 20 && content.length === 56
  if (!isAsked || content.readUInt8(1) !== 6 || content.readUInt32LE(4) !== 0xfff)
    return [error(-22)]
  if (content.readUInt8(0) === 10) return [datagram(socket(1, 1, 2), done())]
  return [
    datagram(socket(1, 5, 7), socket(10, 3, 4096)),
    datagram(socket(6, 0, 0), socket(12, 0, 0)),
    done(),
  ]
}

/** tcpstat asks the kernel only beside a real /proc, so these are on the real machine. */
const realProc = { root: '/', args: only('tcpstat') }

test('states and queues of IPv4 and IPv6, without the backlog of a listening socket', async () => {
  const kernel = fakeNetlink(tcpAnswer)
  const page = await startMachine({ ...realProc, libc: kernel }).scrape()
  expect(page.match(/^node_tcp_connection_states.*/gm)).toEqual([
    'node_tcp_connection_states{state="established"} 2',
    'node_tcp_connection_states{state="listen"} 1',
    'node_tcp_connection_states{state="rx_queued_bytes"} 9',
    'node_tcp_connection_states{state="time_wait"} 1',
    'node_tcp_connection_states{state="tx_queued_bytes"} 9',
  ])
  expect(kernel.requests).toHaveLength(2)
})

test('without inet_diag it reads the files, and says so once', async () => {
  const kernel = fakeNetlink(() => [error(-2)])
  const machine = startMachine({ ...realProc, libc: kernel })
  for (let scrape = 0; scrape < 2; scrape += 1) {
    expect(await machine.scrape()).toContain(
      'node_scrape_collector_success{collector="tcpstat"} 1\n',
    )
  }
  expect(kernel.requests).toHaveLength(1)
  expect(machine.lines.filter((line) => line.includes('read from /proc/net/tcp'))).toHaveLength(1)
})

test('where netlink is forbidden it reads the files', async () => {
  const forbid = () => {
    throw systemError('EAFNOSUPPORT', 97, 'socket')
  }
  const machine = startMachine({ ...realProc, libc: fakeLibc({ socket: forbid }) })
  expect(await machine.scrape()).toContain('node_scrape_collector_success{collector="tcpstat"} 1\n')
})

test('a kernel that does not answer is a failure', async () => {
  const machine = startMachine({ ...realProc, libc: fakeNetlink(() => []) })
  expect(await machine.scrape()).toContain('node_scrape_collector_success{collector="tcpstat"} 0\n')
  expect(machine.lines.at(-1)).toContain('no whole answer within 1 s')
})
