/** Flags in a YAML file: what they give, and every error with its place. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ConfigFileError, parseConfigFile, readConfigFile } from '../../shared/config-file.ts'
import { flag, readFlags } from '../../shared/flags.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const declarations = {
  'config.file': flag.string('This file.', ''),
  'collector.cpu': flag.boolean('The cpu collector.', true),
  'collector.cpu.info': flag.boolean('More of it.', false),
  'collector.filesystem.mount-points-exclude': flag.string('What to leave out.', '^/dev'),
  'collector.textfile.directory': flag.strings('Folders.', ['']),
  'collector.timeout': flag.duration('How long.', '5s'),
  'web.max-requests': flag.integer('How many.', 40, { min: 0, env: 'MAX_REQUESTS' }),
  'log.level': flag.choice('Level.', 'info', ['debug', 'info']),
}
const rules = { declarations, commandLineOnly: ['config.file'] }
const program = { name: 'p', description: '', version: '1' }

function check(title: string, yaml: string, expected: Readonly<Record<string, string[]>>): void {
  test(`config file: ${title}`, () => {
    expect(Object.fromEntries(parseConfigFile(yaml, 'x.yml', rules))).toEqual(expected)
  })
}

check('nothing', '', {})
check('comments only', '# collector.cpu: true\n', {})
check('switches, numbers, texts', 'collector.cpu: false\nweb.max-requests: 3\nlog.level: debug\n', {
  'collector.cpu': ['false'],
  'web.max-requests': ['3'],
  'log.level': ['debug'],
})
check(
  'a regexp needs no quotes',
  'collector.filesystem.mount-points-exclude: ^/(dev|proc)($|/)\n',
  {
    'collector.filesystem.mount-points-exclude': ['^/(dev|proc)($|/)'],
  },
)
check('the empty text', "collector.filesystem.mount-points-exclude: ''\n", {
  'collector.filesystem.mount-points-exclude': [''],
})
check('a repeatable flag is a list', 'collector.textfile.directory: [/a, /b]\n', {
  'collector.textfile.directory': ['/a', '/b'],
})
check('or one value', 'collector.textfile.directory: /a\n', {
  'collector.textfile.directory': ['/a'],
})

function checkRefused(yaml: string, ...problems: readonly string[]): void {
  test(`config file ${JSON.stringify(yaml)} is refused`, () => {
    expect(() => parseConfigFile(yaml, 'x.yml', rules)).toThrow(
      expect.objectContaining({ name: 'ConfigFileError', problems }),
    )
  })
}

checkRefused(
  'collector.cpu: true\ncollector.cpu.inof: true\n',
  'x.yml:2:1: unknown key collector.cpu.inof; did you mean collector.cpu.info?',
)
checkRefused('nonsense: 1\n', 'x.yml:1:1: unknown key nonsense')
checkRefused(
  '--collector.cpu: true\n',
  'x.yml:1:1: unknown key --collector.cpu; write collector.cpu: true',
)
checkRefused(
  'no-collector.cpu: true\n',
  'x.yml:1:1: unknown key no-collector.cpu; write collector.cpu: false',
)
checkRefused(
  'collector:\n  cpu: true\n',
  'x.yml:1:1: unknown key collector; keys are whole names, as in collector.cpu.info: true',
)
checkRefused('config.file: y.yml\n', 'x.yml:1:1: config.file belongs on the command line')
checkRefused(
  'collector.cpu: yes\n  \nweb.max-requests:   -1\n', // every error, each at its value
  'x.yml:1:16: collector.cpu: want true or false, got "yes"',
  'x.yml:3:21: web.max-requests: want 0 or more, got -1',
)
checkRefused(
  'collector.timeout:\n',
  "x.yml:1:19: collector.timeout: there is no value: leave the key out for the default, or write '' for the empty text",
)
checkRefused(
  'web.max-requests: [1, 2]\n',
  'x.yml:1:19: web.max-requests: want one value, got a list',
)
checkRefused(
  'collector.cpu:\n  info: true\n',
  'x.yml:2:3: collector.cpu: want a value, got a map; keys are whole names',
)
checkRefused(
  'collector.textfile.directory: [[a]]\n',
  'x.yml:1:31: collector.textfile.directory: want a list of texts',
)
checkRefused(
  'collector.textfile.directory: []\n',
  'x.yml:1:31: collector.textfile.directory: the list is empty: leave the key out for the default',
)
checkRefused('- collector.cpu\n', 'x.yml:1:1: want flags by name, as in collector.cpu.info: true')
checkRefused(
  'collector.cpu: true\ncollector.cpu: false\n',
  'x.yml:2:1: field collector.cpu already set in line 1',
)

test('a file that is not there is one problem', () => {
  expect(() => readConfigFile('/nonexistent/x.yml', rules)).toThrow(
    /^cannot read the configuration file: ENOENT.*\/nonexistent\/x\.yml/,
  )
})

test('the command line wins over the file, the file over the environment, and both are given', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'x.yml')
  writeFileSync(path, 'collector.cpu: false\nweb.max-requests: 2\ncollector.timeout: 1s\n')
  const file = readConfigFile(path, rules)
  const parsed = readFlags(program, declarations, ['--collector.cpu'], { MAX_REQUESTS: '9' }, file)
  if (typeof parsed === 'string') throw new Error(parsed)
  expect(parsed.values).toMatchObject({
    'collector.cpu': true,
    'web.max-requests': 2,
    'collector.timeout': 1000,
    'collector.cpu.info': false,
  })
  expect(parsed.given).toEqual(new Set(['collector.cpu', 'web.max-requests', 'collector.timeout']))
})

test('a problem is told in the error as a line each', () => {
  try {
    parseConfigFile('a: 1\nb: 2\n', 'x.yml', rules)
    expect.unreachable()
  } catch (error) {
    expect((error as ConfigFileError).message).toBe(
      'x.yml:1:1: unknown key a\nx.yml:2:1: unknown key b',
    )
  }
})
