import { expect, test } from 'vitest'
import { socketPaths } from '../../../../exporters/node/dbus/address.ts'
import { Frames } from '../../../../exporters/node/dbus/frames.ts'
import { answerTo } from '../../../../exporters/node/dbus/sasl.ts'

/** The sockets to try for an address list. */
function checkAddress(address: string | undefined, paths: readonly string[]): void {
  test(`the sockets of ${address} are ${JSON.stringify(paths)}`, () => {
    expect(socketPaths(address)).toEqual(paths)
  })
}

checkAddress(undefined, ['/var/run/dbus/system_bus_socket'])
checkAddress('unix:path=/run/x', ['/run/x'])
checkAddress('unix:guid=12,path=/run/x', ['/run/x'])
checkAddress('unix:path=/run/x,guid=12', ['/run/x'])
checkAddress('unix:abstract=/tmp/x', ['\0/tmp/x'])
checkAddress('tcp:host=a,port=1;unix:path=/a;unix:path=/b', ['/a', '/b'])
checkAddress('unix:path=/run/a%20b%3bc', ['/run/a b;c'])

test('an address without a unix socket is refused with the cure', () => {
  expect(() => socketPaths('tcp:host=localhost,port=1')).toThrow(
    'no unix socket in "tcp:host=localhost,port=1": set DBUS_SYSTEM_BUS_ADDRESS to unix:path=...',
  )
  expect(() => socketPaths('')).toThrow(RangeError)
})

test('the greeting follows the server', () => {
  expect(answerTo('DATA')).toBe('DATA\r\n') // dbus-daemon asks who we are
  expect(answerTo('OK 1234')).toBe('BEGIN\r\n') // systemd does not
  expect(() => answerTo('REJECTED EXTERNAL')).toThrow(/does not accept user \d+: "REJECTED/)
  expect(() => answerTo('ERROR')).toThrow('answers "ERROR"')
})

const message = Buffer.from('6c0200010400000001000000080000000501750001000000deadbeef', 'hex')

test('messages are cut out of what comes, however it comes', () => {
  const stream = Buffer.concat([message, message, message])
  for (let size = 1; size <= stream.length; size++) {
    const frames = new Frames(1000)
    const found: Buffer[] = []
    for (let at = 0; at < stream.length; at += size) {
      frames.push(stream.subarray(at, at + size))
      for (let one = frames.take(); one !== undefined; one = frames.take()) found.push(one)
    }
    expect(found).toEqual([message, message, message])
  }
})

test('a message over the limit is refused as soon as its length is known', () => {
  const frames = new Frames(27)
  frames.push(message.subarray(0, 15))
  expect(frames.take()).toBeUndefined()
  frames.push(message.subarray(15, 16))
  expect(() => frames.take()).toThrow('a message of 28 bytes, more than 27')
})
