/** The checks of the pull server's command line, as a process that reads stdin. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, '..', '..', 'pullserver', 'main.ts')

function run(args: readonly string[], input: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { input })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

test('pullserver check metrics reads a page from stdin and exits with 0, 1 or 3', () => {
  const args = ['check', 'metrics']
  const page = '# HELP a_total x\n# TYPE a_total counter\na_total 1\n'
  expect(run(args, page)).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(run(args, 'a x\n')).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'error while linting: text format parsing error in line 1: expected float as value, got "x"\n' +
      'line 1, column 3:\n  a x\n    ^\n',
  })
  expect(run(args, 'a 1\n')).toEqual({ status: 3, stdout: '', stderr: 'a no help text\n' })
})
