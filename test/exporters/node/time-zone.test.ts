import { expect, test } from 'vitest'
import { Host } from '../../../exporters/node/host.ts'
import { findAbbreviation, zoneAbbreviation } from '../../../exporters/node/time-zone.ts'

type ZoneType = readonly [offsetSeconds: number, name: string]

/** A zone file: transitions as indexes of types, in the 4 or 8 byte form. */
function block(
  version: string,
  timeBytes: number,
  transitions: readonly number[],
  types: readonly ZoneType[],
): Buffer {
  const names = `${types.map(([, name]) => name).join('\0')}\0`
  const header = Buffer.alloc(44)
  header.write(`TZif${version}`, 'latin1')
  header.writeUInt32BE(transitions.length, 32)
  header.writeUInt32BE(types.length, 36)
  header.writeUInt32BE(names.length, 40)
  const infos = types.map(([offset, name]) => {
    const info = Buffer.alloc(6)
    info.writeInt32BE(offset)
    info[5] = names.indexOf(`${name}\0`)
    return info
  })
  const times = Buffer.alloc(transitions.length * timeBytes)
  return Buffer.concat([header, times, Buffer.from(transitions), ...infos, Buffer.from(names)])
}

const berlin: readonly ZoneType[] = [
  [3208, 'LMT'],
  [7200, 'CEST'],
  [3600, 'CET'],
  [7200, 'EET'],
]
const old = block('\0', 4, [0, 1, 2, 3, 1, 2], berlin)
const fat = Buffer.concat([
  block('2', 4, [0, 1, 2], berlin),
  block('2', 8, [0, 1, 2, 3, 1, 2], berlin),
])
const slim = Buffer.concat([
  block('2', 4, [], [[0, 'XXX']]),
  block('2', 8, [0, 1, 2, 3, 1, 2], berlin),
])

for (const [form, file] of Object.entries({ old, fat, slim })) {
  test(`findAbbreviation knows the newest name of an offset in a ${form} file`, () => {
    expect(findAbbreviation(file, 3600)).toBe('CET')
    expect(findAbbreviation(file, 7200)).toBe('CEST') // not EET, which was before
    expect(findAbbreviation(file, 3208)).toBe('LMT')
    expect(findAbbreviation(file, 1)).toBeUndefined()
  })
}

test('findAbbreviation knows a zone without transitions, and what is no zone file', () => {
  expect(findAbbreviation(block('\0', 4, [], [[0, 'UTC']]), 0)).toBe('UTC')
  expect(findAbbreviation(Buffer.from('hello'), 0)).toBeUndefined()
  expect(findAbbreviation(Buffer.alloc(100), 0)).toBeUndefined()
})

function checkZone(zone: string, offsetSeconds: number, expected: string): void {
  test(`TZ=${JSON.stringify(zone)} with ${offsetSeconds} s is ${JSON.stringify(expected)}`, () => {
    const host = new Host({ procfs: '/proc', sysfs: '/sys', rootfs: '/', udevData: '' })
    expect(zoneAbbreviation(offsetSeconds, host, zone)).toBe(expected)
  })
}

checkZone('Europe/Berlin', 3600, 'CET')
checkZone(':Europe/Berlin', 7200, 'CEST')
checkZone('/usr/share/zoneinfo/America/New_York', -14400, 'EDT')
checkZone('', 0, 'UTC')
checkZone('No/Such_Zone', 0, 'UTC')
checkZone('No/Such_Zone', 3600, '')
