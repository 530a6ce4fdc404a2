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

test('a limited log says the same once a minute, then how often it did not', () => {
  let text = ''
  let seconds = 0
  const clock = (): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1000)
  const write = (line: string) => (text += line)
  const log = createLog({ level: 'debug', format: 'logfmt', now: clock, write }).limited()
  /** What is said at that second, without time and source. */
  const said = (second: number, ...args: Parameters<typeof log.error>): string => {
    text = ''
    seconds = second
    log.error(...args)
    return text.replace(/^.*(?=msg=)/, '').trimEnd()
  }
  const at = (file: string, err: string) => ['bad file', { file, err }] as const
  expect(said(0, ...at('a', 'x'))).toBe('msg="bad file" file=a err=x')
  expect(said(1, ...at('a', 'x'))).toBe('')
  expect(said(2, ...at('a', 'another reason'))).toBe('') // it is the same file
  expect(said(3, ...at('b', 'x'))).toBe('msg="bad file" file=b err=x')
  expect(said(4, 'other', { file: 'a', seconds: 1 })).toBe('msg=other file=a seconds=1')
  expect(said(5, 'other', { file: 'a', seconds: 2 })).toBe('') // numbers differ, the thing does not
  expect(said(59.9, ...at('a', 'x'))).toBe('')
  expect(said(60, ...at('a', 'x'))).toBe('msg="bad file" file=a err=x suppressed=3')
  expect(said(61, ...at('a', 'x'))).toBe('')
  expect(said(10, ...at('a', 'x'))).toBe('msg="bad file" file=a err=x suppressed=1') // clock set back
  text = ''
  log.debug('every')
  log.debug('every')
  expect(text.match(/msg=every/g)).toHaveLength(2)
  expect(text).toContain('source=log.test.ts:')
  text = ''
  const [one, two] = [log.with({ uri: '1' }), log.with({ uri: '2' })]
  for (const each of [one, two, one]) each.warn('gone')
  expect(text.match(/uri=\d/g)).toEqual(['uri=1', 'uri=2'])
})

test('a limited log forgets the oldest of a thousand different lines', () => {
  let count = 0
  const write = (): void => {
    count += 1
  }
  const log = createLog({ level: 'info', format: 'logfmt', now, write }).limited()
  for (let i = 0; i <= 1000; i += 1) log.info('line', { name: String(i) })
  log.info('line', { name: '1000' })
  expect(count).toBe(1001)
  log.info('line', { name: '0' })
  expect(count).toBe(1002)
})
