import { expect, test } from 'vitest'
import { formatAddress, parseRoute } from '../../../exporters/node/network-routes.ts'
import { hop, rtmsg, v4, v6 } from './fake-network.ts'
import { bytes, nested, u32, view } from './netlink-messages.ts'

/** A route as `destination src gateways priority protocol`, as far as there is one. */
function check(name: string, message: readonly Buffer[], expected: string | undefined): void {
  test(`route: ${name}`, () => {
    const route = parseRoute(view(...message))
    if (route === undefined) return expect(expected).toBeUndefined()
    const hops = route.hops.map(
      ({ interfaceIndex, gateway, weight }) =>
        `${interfaceIndex}>${gateway}${weight === undefined ? '' : `*${weight}`}`,
    )
    const { destination, source, priority, protocol } = route
    expect(`${destination} ${source || '-'} ${hops} ${priority} ${protocol}`).toBe(expected)
  })
}

const to = v4(1, '10.9.0.0')
check('default', [rtmsg({}), v4(5, '10.0.0.1'), u32(4, 2)], 'default - 2>10.0.0.1 0 boot')
check(
  'to a network',
  [rtmsg({ prefix: 16, protocol: 4 }), to, u32(4, 3), u32(6, 55)],
  '10.9.0.0/16 - 3> 55 static',
)
check(
  'with a source',
  [rtmsg({ prefix: 16 }), to, v4(7, '10.1.0.1')],
  '10.9.0.0/16 10.1.0.1 0> 0 boot',
)
check('of a protocol without a name', [rtmsg({ protocol: 99 })], 'default - 0> 0 unknown')
check('priority above 2^31', [rtmsg({}), u32(6, 0xffffffff)], 'default - 0> 4294967295 boot')
check(
  'of IPv6',
  [
    rtmsg({ family: 10, prefix: 48, protocol: 42 }),
    v6(1, '20010db8000200000000000000000000'),
    v6(5, 'fd000001000000000000000000000009'),
    u32(4, 7),
  ],
  '2001:db8:2::/48 - 7>fd00:1::9 0 babel',
)
check(
  'without the destination that its prefix promises',
  [rtmsg({ prefix: 8 })],
  '0.0.0.0/8 - 0> 0 boot',
)
check(
  'by a gateway of IPv6',
  [rtmsg({}), bytes(18, 10, 0, ...Buffer.from('fd000001000000000000000000000009', 'hex'))],
  'default - 0>fd00:1::9 0 boot',
)
check(
  'by several hops',
  [
    rtmsg({ prefix: 16 }),
    to,
    nested(9, hop(2, 3, v4(5, '10.0.0.1')), hop(4, 256), hop(5, 1, u32(22, 1))),
  ],
  '10.9.0.0/16 - 2>10.0.0.1*3,4>*256,5>*1 0 boot',
)
check('local', [rtmsg({ type: 2 })], undefined)
check('blackhole', [rtmsg({ type: 6 })], undefined)
check('a copy for one destination', [rtmsg({ flags: 0x200 })], undefined)
check('of MPLS', [rtmsg({ family: 28, prefix: 20 }), bytes(1, 0, 6, 0x50, 1)], undefined)

function checkFails(name: string, message: readonly Buffer[], error: string): void {
  test(`route: ${name}`, () => expect(() => parseRoute(view(...message))).toThrow(error))
}

checkFails('an address of another length', [rtmsg({}), bytes(5, 1, 2, 3)], 'address of 3 bytes')
checkFails(
  'a hop that is cut off',
  [rtmsg({}), nested(9, hop(2, 1, to).subarray(0, 12))],
  'next hop of 16 bytes in 12',
)
checkFails(
  'a hop of no length',
  [rtmsg({}), bytes(9, 0, 0, 0, 0, 0, 0, 0, 0)],
  'next hop of 0 bytes in 8',
)

test('addresses as RFC 5952 writes them', () => {
  const written = (hex: string): string => formatAddress(view(Buffer.from(hex, 'hex')))
  expect(written('c0000201')).toBe('192.0.2.1')
  expect(written('00000000000000000000000000000000')).toBe('::')
  expect(written('20010db8000000000001000000000001')).toBe('2001:db8::1:0:0:1')
  expect(written('20010db8000000010001000100010001')).toBe('2001:db8:0:1:1:1:1:1')
})
