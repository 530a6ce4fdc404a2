/** Flags: kingpin's spellings and texts (measured on Debian's prometheus-node-exporter 1.5). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flag, type Parsed, readFlags } from '../../shared/flags.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const program = { name: 'node_exporter', description: 'Tells about a host.', version: '1.2.3' }
const declarations = {
  'collector.cpu': flag.boolean('The cpu collector.', true),
  'collector.systemd': flag.boolean('The systemd collector.', false, { env: 'SYSTEMD' }),
  'web.listen-address': flag.strings('Where to listen.', [':9100'], { env: 'LISTEN' }),
  'web.telemetry-path': flag.string('Path of the metrics.', '/metrics', { env: 'TELEMETRY_PATH' }),
  'web.max-requests': flag.integer('Scrapes at a time; 0 is unlimited.', 40),
  timeout: flag.duration('How long to wait.', '5s', { placeholder: 'DURATION' }),
  'log.level': flag.choice('Least level.', 'info', ['debug', 'info']),
  'old.name': flag.string('Former name.', '', { hidden: true }),
}

type Env = Record<string, string>

function read(argv: string[], env: Env = {}): Parsed<typeof declarations> {
  const parsed = readFlags(program, declarations, argv, env)
  if (typeof parsed === 'string') throw new Error(`got a text: ${parsed}`)
  return parsed
}

function check(argv: string[], expected: Record<string, unknown>, env?: Env): void {
  expect(read(argv, env).values).toMatchObject(expected)
}

function checkError(argv: string[], expected: string, env: Env = {}): void {
  expect(() => readFlags(program, declarations, argv, env)).toThrow(
    expect.objectContaining({ name: 'FlagError', message: expected }),
  )
}

test('flags read values in every spelling', () => {
  check([], { 'collector.cpu': true, 'web.listen-address': [':9100'], timeout: 5000 })
  check(['--web.telemetry-path=/m'], { 'web.telemetry-path': '/m' })
  check(['--web.telemetry-path', '/m'], { 'web.telemetry-path': '/m' })
  check(['--web.telemetry-path='], { 'web.telemetry-path': '' })
  check(['--web.telemetry-path=a=b'], { 'web.telemetry-path': 'a=b' })
  check(['--web.telemetry-path=-x'], { 'web.telemetry-path': '-x' }) // only after = may a dash begin it
  check(['--no-collector.cpu', '--collector.systemd'], {
    'collector.cpu': false,
    'collector.systemd': true,
  })
  check(['--web.listen-address=:1', '--web.listen-address', '[::1]:2'], {
    'web.listen-address': [':1', '[::1]:2'],
  })
  check(['--web.max-requests=0', '--timeout=1m30s', '--log.level=debug'], {
    'web.max-requests': 0,
    timeout: 90_000,
    'log.level': 'debug',
  })
  check(['--old.name=x'], { 'old.name': 'x' })
})

test('flags refuse what kingpin refuses, in its words', () => {
  checkError(['--foo'], "unknown long flag '--foo'")
  checkError(['--foo=1'], "unknown long flag '--foo'")
  checkError(['--foo', '--help'], "unknown long flag '--foo'")
  checkError(['-q'], "unknown short flag '-q'")
  checkError(['-hx'], "unknown short flag '-x'")
  checkError(['foo'], 'unexpected foo')
  checkError(['--', '--foo'], 'unexpected --foo')
  checkError(['--collector.cpu=false'], 'unexpected false')
  checkError(['--collector.cpu', 'false'], 'unexpected false')
  checkError(['--no-collector.cpu=x'], 'unexpected x')
  checkError(['--web.max-requests'], "expected argument for flag '--web.max-requests'")
  checkError(
    ['--web.telemetry-path', '--log.level=debug'],
    "expected argument for flag '--web.telemetry-path'",
  )
  checkError(['--collector.cpu', '--no-collector.cpu'], "flag 'collector.cpu' cannot be repeated")
  checkError(['--timeout=1s', '--timeout=1s'], "flag 'timeout' cannot be repeated")
})

test('a bad value names the flag and what was wanted', () => {
  checkError(
    ['--web.max-requests=1x'],
    `bad value for flag '--web.max-requests': want a whole number, got "1x"`,
  )
  checkError(['--timeout=5'], `bad value for flag '--timeout': time: missing unit in duration "5"`)
  checkError(
    ['--log.level=loud'],
    "bad value for flag '--log.level': enum value must be one of debug,info, got 'loud'",
  )
  checkError([], `bad value for flag '--collector.systemd': want true or false, got "maybe"`, {
    SYSTEMD: 'maybe',
  })
})

test('the environment gives what the command line does not', () => {
  check([], { 'web.telemetry-path': '/e' }, { TELEMETRY_PATH: '/e' })
  check(['--web.telemetry-path=/f'], { 'web.telemetry-path': '/f' }, { TELEMETRY_PATH: '/e' })
  check([], { 'web.telemetry-path': '/metrics' }, { TELEMETRY_PATH: '' }) // empty is absent
  check([], { 'web.listen-address': [':1', ':2'] }, { LISTEN: ':1\n:2\n' })
  check([], { 'collector.systemd': true }, { SYSTEMD: 'T' })
  check(['--no-collector.systemd'], { 'collector.systemd': false }, { SYSTEMD: '1' })
})

test('given holds the flags of the command line, texts all of them as typed', () => {
  const { given, texts } = read(['--no-collector.cpu', '--web.max-requests', '7'], { LISTEN: ':1' })
  expect([...given]).toEqual(['collector.cpu', 'web.max-requests'])
  expect(texts).toMatchObject({
    'collector.cpu': 'false',
    timeout: '5s',
    'web.listen-address': ':1',
  })
})

test('arguments come from a file too', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'args')
  writeFileSync(path, '# comment\n--web.telemetry-path\n/from file\n\n--no-collector.cpu\n')
  check([`@${path}`, '--timeout=1s'], {
    'web.telemetry-path': '/from file',
    'collector.cpu': false,
    timeout: 1000,
  })
  expect(() => read(['@/no/such/file'])).toThrow(
    /^failed to open arguments file "\/no\/such\/file": ENOENT/,
  )
})

test('--help lists the flags as the Go programs do', () => {
  const text = readFlags(program, declarations, ['--timeout=1s', '--help'], {})
  expect(text).toBe(`usage: node_exporter [<flags>]

Tells about a host.


Flags:
  -h, --[no-]help               Show this list.
      --[no-]collector.cpu      The cpu collector.
      --[no-]collector.systemd  The systemd collector. ($SYSTEMD)
      --web.listen-address=:9100 ...  
                                Where to listen. ($LISTEN)
      --web.telemetry-path="/metrics"  
                                Path of the metrics. ($TELEMETRY_PATH)
      --web.max-requests=40     Scrapes at a time; 0 is unlimited.
      --timeout=DURATION        How long to wait.
      --log.level=info          Least level.
      --[no-]version            Show the version.
`)
  expect(readFlags(program, declarations, ['-h'], {})).toBe(text)
})

test('--version begins with name and version', () => {
  expect(readFlags(program, declarations, ['--version'], {})).toMatch(
    /^node_exporter, version 1\.2\.3 \(narthex\)\n {2}node version: +v\d+\.\d+\.\d+\n {2}platform: +\S+\n$/,
  )
})
