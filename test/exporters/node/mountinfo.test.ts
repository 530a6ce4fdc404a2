import { expect, test } from 'vitest'
import { parseMountInfo } from '../../../exporters/node/mountinfo.ts'

function parse(line: string | Buffer) {
  const [mount] = parseMountInfo(Buffer.from(line))
  return mount
}

test('parseMountInfo reads a line with optional fields', () => {
  expect(
    parse(
      '29 1 259:2 / /srv rw,relatime shared:1 master:3 - ext4 /dev/dm-2 errors=remount-ro,data=ordered\n',
    ),
  ).toEqual({
    device: '/dev/dm-2',
    mountPoint: '/srv',
    path: '/srv',
    fsType: 'ext4',
    options: ['rw', 'relatime'],
    superOptions: ['errors=remount-ro', 'data=ordered'],
    major: '259',
    minor: '2',
  })
})

test('parseMountInfo reads a line without optional fields, and a mount point called dash', () => {
  expect(parse('1 2 0:3 / /- rw - tmpfs tmpfs rw')?.mountPoint).toBe('/-')
})

test('parseMountInfo undoes blank and tab in what is shown, and all escapes in the path', () => {
  const mount = parse('1 2 0:3 / /a\\040b\\011c\\134d\\012e rw - tmpfs tmpfs rw')
  expect(mount?.mountPoint).toBe('/a b\tc\\134d\\012e')
  expect(mount?.path).toBe('/a b\tc\\d\ne')
})

test('parseMountInfo shows valid UTF-8 only, and keeps the bytes for the path', () => {
  const line = Buffer.concat([
    Buffer.from('1 2 0:3 / /ä'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(' rw - tmpfs tmpfs rw'),
  ])
  const mount = parse(line)
  expect(mount?.mountPoint).toBe('/ä\ufffd') // one mark for both bytes, as in Go
  expect(Buffer.from(mount?.path ?? '', 'latin1')).toEqual(
    Buffer.concat([Buffer.from('/ä'), Buffer.from([0xff, 0xfe])]),
  )
})

function checkRefused(line: string): void {
  test(`parseMountInfo refuses ${line}`, () => {
    expect(() => parse(line)).toThrow(/mountinfo: expected 10 fields or more/)
  })
}

checkRefused('garbage')
checkRefused('1 2 0:3 / /a rw tmpfs tmpfs rw rw')
checkRefused('1 2 three / /a rw - tmpfs tmpfs rw')
