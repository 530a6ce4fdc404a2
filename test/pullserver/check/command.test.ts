import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCheck } from '../../../pullserver/check/command.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

function run(...argv: string[]) {
  return runCheck(argv, () => Buffer.from('a 1\n'))
}

test('a command line without check starts the server', () => {
  expect(run()).toBe(undefined)
  expect(run('--config.file=check')).toBe(undefined)
})

test('check metrics reads stdin, check config the files', () => {
  expect(run('check', 'metrics')).toEqual({ out: '', err: 'a no help text\n', exit: 3 })
  using folder = temporaryFolder()
  const good = join(folder.path, 'good.yml')
  const bad = join(folder.path, 'bad.yml')
  writeFileSync(good, 'scrape_configs:\n- job_name: a\n')
  writeFileSync(bad, 'global:\n  scrape_intervall: 15s\n')
  const success = `Checking ${good}\n SUCCESS: ${good} is valid prometheus config file syntax\n\n`
  expect(run('check', 'config', good)).toEqual({ out: success, err: '', exit: 0 })
  const both = run('check', 'config', bad, good)
  expect(both).toMatchObject({ out: `Checking ${bad}\n\n${success}`, exit: 1 })
  expect(both?.err).toMatch(/^ {2}FAILED: \S*bad\.yml:2:3: .*scrape_intervall/)
  expect(run('check', 'config', good, join(folder.path, 'none.yml'))).toEqual({
    out: '',
    err: `prometheus: error: path '${join(folder.path, 'none.yml')}' does not exist, try --help\n`,
    exit: 1,
  })
})

test('a command line that cannot be understood is one line and exit code 1', () => {
  const cases: readonly [argv: string[], reason: string][] = [
    [[], "must select a subcommand of 'check'"],
    [['foo'], 'expected command but got "foo"'],
    [['metrics', '--foo'], "unknown long flag '--foo'"],
    [['metrics', 'page'], 'unexpected page'],
    [['config'], "required argument 'config-files' not provided"],
    [['config', '--extended', 'x'], "unknown long flag '--extended'"],
  ]
  for (const [argv, reason] of cases) {
    const err = `prometheus: error: ${reason}, try --help\n`
    expect(run('check', ...argv), argv.join(' ')).toEqual({ out: '', err, exit: 1 })
  }
  for (const argv of [['--help'], ['metrics', '-h'], ['config', '--help']]) {
    expect(run('check', ...argv)).toMatchObject({ err: '', exit: 0 })
  }
})
