import { expect, test } from 'vitest'
import { parseQdisc } from '../../../exporters/node/rtnetlink.ts'
import { bytes, nested, text, u64, uint32s, uint64, view } from './netlink-messages.ts'

const tcmsg = (parent: number): Buffer => uint32s(0, 2, 0, parent, 0)
const basic = bytes(1, ...uint64(5_000_000_000n), ...uint32s(7))
const queue = bytes(3, ...uint32s(1, 2, 3, 4, 5))

function check(name: string, message: readonly Buffer[], expected: object | string): void {
  test(`qdisc: ${name}`, () => {
    const parse = () => parseQdisc(view(...message))
    if (typeof expected === 'string') expect(parse).toThrow(expected)
    else expect(parse()).toMatchObject(expected)
  })
}

check('of an interface', [tcmsg(0xffffffff), text(1, 'fq')], {
  interfaceIndex: 2,
  isRoot: true,
  kind: 'fq',
})
check('without a parent', [tcmsg(0)], { isRoot: true, kind: '' })
check('within another', [tcmsg(0x10001)], { isRoot: false })
check('for what comes in', [tcmsg(0xfffffff1)], { isRoot: false })
check('what it counts', [tcmsg(0), nested(7, basic, queue)], {
  bytes: 5e9,
  packets: 7,
  queueLength: 1,
  backlogBytes: 2,
  drops: 3,
  requeues: 4,
  overlimits: 5,
})
check(
  'what the hardware counted is in the sum already',
  [tcmsg(0), nested(7, basic, bytes(7, ...uint64(1n), ...uint32s(1)))],
  { bytes: 5e9, packets: 7 },
)
check('packets beyond 32 bits', [tcmsg(0), nested(7, basic, u64(8, 2n ** 32n + 7n))], {
  packets: 2 ** 32 + 7,
})
check(
  'the struct that older kernels had is left out',
  [tcmsg(0), bytes(3, ...Buffer.alloc(40, 1))],
  { bytes: 0 },
)
check(
  'cut off',
  [tcmsg(0), nested(7, basic).subarray(0, 10)],
  'attribute of 20 bytes where 10 are left',
)
check('a number cut off', [tcmsg(0), nested(7, bytes(1, 1, 2, 3))], 'bounds')
