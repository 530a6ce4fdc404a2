/** Log lines: the form of Go's slog handlers as promslog sets them up. */
import { expect, test } from 'vitest'
import { createLog, type LogFields, type LogFormat } from '../../shared/log.ts'

const now = (): Date => new Date(Date.UTC(2026, 10, 22, 13, 3, 55, 695))

function lines(format: LogFormat, fields?: LogFields, msg = 'hello world'): string {
  let text = ''
  createLog({ level: 'info', format, now, write: (line) => (text += line) }).info(msg, fields)
  return text.replace(/source("?[=:]"?)log\.test\.ts:\d+/, 'source$1log.test.ts:N')
}

const head = 'time=2026-11-22T13:03:55.695Z level=INFO source=log.test.ts:N'

function checkValue(value: unknown, expected: string): void {
  expect(lines('logfmt', { key: value })).toBe(`${head} msg="hello world" key=${expected}\n`)
}

test('logfmt quotes only where slog does', () => {
  checkValue('plain', 'plain')
  checkValue('', '""')
  checkValue('a b', '"a b"')
  checkValue('a=b', '"a=b"')
  checkValue('say "x"', '"say \\"x\\""')
  checkValue('C:\\x', 'C:\\x') // a backslash alone needs no quotes
  checkValue('C:\\x y', '"C:\\\\x y"')
  checkValue('two\nlines\t', '"two\\nlines\\t"')
  checkValue('\x1b[31m\x7f', '"\\x1b[31m\\x7f"') // no terminal escapes get through
  checkValue('grün', 'grün')
  checkValue('a\u2028b', '"a\\u2028b"')
  checkValue('a\u00a0b', '"a\\u00a0b"')
  checkValue('\u{f0000} ', '"\\U000f0000 "')
  checkValue('bad \ufffd', '"bad \ufffd"')
  checkValue(1.5, '1.5')
  checkValue(false, 'false')
  checkValue(10n, '10')
  checkValue(null, 'null')
  checkValue(new Error('no such file'), '"no such file"')
  checkValue(new TypeError(), 'TypeError')
  checkValue(['a', 1], '"[\\"a\\",1]"')
  checkValue(new Set(['a']), '"[\\"a\\"]"')
})

test('a field that is undefined is left out', () => {
  expect(lines('logfmt', { a: undefined, b: 1 }, 'x')).toBe(`${head} msg=x b=1\n`)
})

test('json has the same keys', () => {
  expect(
    lines('json', { err: new Error('no'), n: 1, big: 2n, s: new Set([1]), u: undefined }),
  ).toBe(
    '{"time":"2026-11-22T13:03:55.695Z","level":"INFO","source":"log.test.ts:N",' +
      '"msg":"hello world","err":"no","n":1,"big":"2","s":[1]}\n',
  )
})

test('levels below the least are not written, with() adds fields', () => {
  const seen: string[] = []
  const log = createLog({ level: 'warn', format: 'logfmt', now, write: (line) => seen.push(line) })
  log.debug('a')
  log.info('b')
  log.with({ target: 't' }).warn('c', { n: 1 })
  log.error('d')
  expect(seen.map((line) => line.replace(/^.*source=\S+ /, ''))).toEqual([
    'msg=c target=t n=1\n',
    'msg=d\n',
  ])
})
