import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../temporary-folder.ts'
import { waitFor } from '../../wait.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

function machineOf(...directories: readonly string[]) {
  return machineWith(directories.map((directory) => `--collector.textfile.directory=${directory}`))
}

function machineWith(flags: readonly string[]) {
  const machine = startMachine({ root: fakeMachine, args: [...only('textfile'), ...flags] })
  return {
    lines: machine.lines,
    errors: (): string[] => machine.lines.filter((line) => line.includes('level=ERROR')),
    /** The samples without those about the collector. */
    async scrape(): Promise<string[]> {
      const page = await machine.scrape()
      return page
        .split('\n')
        .filter((line) => line !== '' && !/^#|^node_(scrape|textfile_(mtime|problem))/.test(line))
    },
    page: async (): Promise<string> => await machine.scrape(),
    /** Of node_textfile_problem: the file's name and the reason. */
    async problems(): Promise<string[]> {
      const found = (await machine.scrape()).matchAll(
        /^node_textfile_problem\{file="(?:.*\/)?(.*?)",reason="(\w+)"\} 1$/gm,
      )
      return Array.from(found, ([, file, reason]) => `${file} ${reason}`)
    },
  }
}

const good = 'node_textfile_scrape_error 0'
const bad = 'node_textfile_scrape_error 1'

/** What files (by name, in one folder) give; samples, then what the log says. */
function check(
  title: string,
  files: Readonly<Record<string, string>>,
  samples: readonly string[],
  errors: readonly RegExp[] = [],
): void {
  test(`collector textfile: ${title}`, async () => {
    using folder = temporaryFolder()
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder.path, name), content)
    const machine = machineOf(folder.path)
    expect(await machine.scrape()).toEqual([...samples].sort())
    expect(machine.errors()).toHaveLength(errors.length)
    for (const [index, pattern] of errors.entries())
      expect(machine.errors()[index]).toMatch(pattern)
    expect(await machine.scrape()).toEqual([...samples].sort())
    expect(machine.errors()).toHaveLength(errors.length) // said once, not at each scrape
  })
}

check('files are merged', { 'a.prom': 'x{f="a"} 1\n', 'b.prom': 'x{f="b"} 2\n' }, [
  good,
  'x{f="a"} 1',
  'x{f="b"} 2',
])
check('other files are left alone', { 'a.txt': 'x 1\n', '.prom': 'y 1\n' }, [good, 'y 1'])
check('an empty file is good', { 'a.prom': '' }, [good])
check(
  'a broken file is dropped, whole',
  { 'a.prom': 'x 1\ny y\n', 'b.prom': 'z 1\n' },
  [bad, 'z 1'],
  [/file=\S+\/a\.prom err="text format parsing error in line 2: /],
)
check(
  'a file that is cut off is dropped',
  { 'a.prom': 'x 1\ny' },
  [bad],
  [/unexpected end of input stream/],
)
check(
  'a timestamp spoils its file',
  { 'a.prom': 'x 1\ny 1 1441205977284\n' },
  [bad],
  [/family y has a timestamp/],
)
check(
  'the first file wins a series that both have',
  { 'b.prom': 'x{l="1"} 2\nx{l="2"} 2\n', 'a.prom': 'x{l="1"} 1\n' },
  [bad, 'x{l="1"} 1', 'x{l="2"} 2'],
  [/b\.prom err="series x\{l=\\"1\\"\} is dropped: it is there" kept=\S+a\.prom/],
)
check(
  'a series twice in one file is dropped once',
  { 'a.prom': 'x 1\nx 2\n' },
  [bad, 'x 1'],
  [/a\.prom err=.*kept=\S+a\.prom/],
)
check(
  'the first file wins a type that differs',
  { 'a.prom': '# TYPE x counter\nx 1\n', 'b.prom': '# TYPE x gauge\nx{l="1"} 2\n' },
  [bad, 'x 1'],
  [/b\.prom err="family x is dropped: its type is gauge, not counter" kept=\S+a\.prom/],
)
check(
  'HELP A, HELP B and no HELP for one family, which kills the original',
  {
    'a.prom': '# HELP x A.\nx{f="a"} 1\n',
    'b.prom': '# HELP x B.\nx{f="b"} 2\n',
    'c.prom': 'x{f="c"} 3\n',
  },
  [bad, 'x{f="a"} 1', 'x{f="c"} 3'],
  [/b\.prom err="family x is dropped: its HELP differs" kept=\S+a\.prom/],
)
check(
  'label names that differ are made up with empty ones',
  { 'a.prom': 'x{a="1"} 1\nx{b="2"} 2\n' },
  [good, 'x{a="",b="2"} 2', 'x{a="1",b=""} 1'],
)

test('the HELP of a family is the first one there is, or names its files', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'a.prom'), 'x{f="a"} 1\ny 1\n')
  writeFileSync(join(folder.path, 'b.prom'), '# HELP x Of b.\nx{f="b"} 1\n')
  const page = await machineOf(folder.path).page()
  expect(page).toContain('# HELP x Of b.\n')
  expect(page).toContain(`# HELP y Metric read from ${folder.path}/a.prom\n`)
})

test('nothing is configured: no error, and the outcome is shown all the same', async () => {
  expect(await machineOf().scrape()).toEqual([good])
})

test('a folder that is missing or not readable is an error that is said once', async () => {
  using folder = temporaryFolder()
  const machine = machineOf(join(folder.path, 'away'))
  expect(await machine.scrape()).toEqual([bad])
  expect(await machine.scrape()).toEqual([bad])
  expect(machine.errors()).toHaveLength(1)
  expect(machine.errors()[0]).toMatch(/folder=\S+away err=.*ENOENT/)
  mkdirSync(join(folder.path, 'away'))
  expect(await machine.scrape()).toEqual([good])
})

test('files that change, go away or come are seen at the next scrape', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'a.prom')
  const machine = machineOf(folder.path)
  writeFileSync(file, 'x 1\n')
  expect(await machine.scrape()).toEqual([good, 'x 1'])
  writeFileSync(file, 'x 22\n')
  expect(await machine.scrape()).toEqual([good, 'x 22'])
  writeFileSync(file, 'x')
  expect(await machine.scrape()).toEqual([bad])
  rmSync(file)
  expect(await machine.scrape()).toEqual([good])
})

test('a pipe, a folder and a dangling link called *.prom are errors, and nothing waits for them', async () => {
  using folder = temporaryFolder()
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder.path, 'pipe.prom')])
  mkdirSync(join(folder.path, 'folder.prom'))
  symlinkSync('/nonexistent/file', join(folder.path, 'link.prom'))
  writeFileSync(join(folder.path, 'ok.prom'), 'x 1\n')
  const machine = machineOf(folder.path)
  expect(await machine.scrape()).toEqual([bad, 'x 1'])
  expect(
    machine.errors().map((line) => /(\w+)\.prom err=(.*)$/m.exec(line)?.slice(1).join(' ')),
  ).toEqual([
    'folder "not a regular file"',
    expect.stringMatching(/^link .*ENOENT/),
    'pipe "not a regular file"',
  ])
})

test('the time of a file is in whole seconds, under its path as configured', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'a.prom')
  writeFileSync(file, 'x 1\n')
  utimesSync(file, 1000, 1757000000.75)
  const page = await machineOf(`${folder.path}/./`).page()
  expect(page).toContain(`node_textfile_mtime_seconds{file="${file}"} 1.757e+09\n`)
})

test('several folders, and patterns as Go has them', async () => {
  using folder = temporaryFolder()
  for (const name of ['job-a', 'job-b', 'other', '{x,y}']) {
    mkdirSync(join(folder.path, name))
    writeFileSync(join(folder.path, name, 'm.prom'), `m{from="${name}"} 1\n`)
  }
  const from = async (...patterns: readonly string[]): Promise<string[]> => {
    const samples = await machineOf(
      ...patterns.map((pattern) => join(folder.path, pattern)),
    ).scrape()
    return samples.map((line) => /from="(.*)"/.exec(line)?.[1] ?? line)
  }
  expect(await from('job-a', 'other')).toEqual(['job-a', 'other', good])
  expect(await from('job-*')).toEqual(['job-a', 'job-b', good])
  expect(await from('job-[^a]')).toEqual(['job-b', good])
  expect(await from('job-[a-b]')).toEqual(['job-a', 'job-b', good])
  expect(await from('o?her')).toEqual(['other', good])
  expect(await from('{x,y}')).toEqual(['{x,y}', good]) // no braces in Go's patterns
  expect(await from('no*')).toEqual([bad]) // taken as it stands, and not there
  expect(await from('[')).toEqual([bad])
})

test('the metrics name each file and folder of which something is not shown, and why', async () => {
  using folder = temporaryFolder()
  const files = {
    'a.prom': 'x 1\ny 1\nz 1\n',
    'b.prom': 'x 1\ny 1\nz 1\nown 1\n',
    'c.prom': '# TYPE x counter\nx 1\n',
    'd.prom': 'cut',
    'e.prom': 's 1 1441205977284\n',
    'f.prom': 'good 1\n',
  }
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder.path, name), content)
  mkdirSync(join(folder.path, 'g.prom'))
  const machine = machineOf(folder.path, join(folder.path, 'away'))
  expect(await machine.problems()).toEqual([
    'away unreadable',
    'b.prom conflict',
    'c.prom conflict',
    'd.prom invalid',
    'e.prom timestamp',
    'g.prom unreadable',
  ])
  const ofB = machine.errors().filter((line) => line.includes(`file=${folder.path}/b.prom`))
  expect(ofB).toHaveLength(1) // one line a file, however many series it lost
  expect(ofB[0]).toMatch(/more=2$/m)
  expect(machine.errors()).toHaveLength(6)
  for (const name of ['b', 'c', 'd', 'e']) rmSync(join(folder.path, `${name}.prom`))
  expect(await machine.problems()).toEqual(['away unreadable', 'g.prom unreadable'])
  expect(machine.errors()).toHaveLength(6) // what was said already is not said again
})

test('a file older than max-age is not shown, which is said once and is no error', async () => {
  using folder = temporaryFolder()
  const [old, fresh] = [join(folder.path, 'a-old.prom'), join(folder.path, 'fresh.prom')]
  writeFileSync(old, 'x{f="old"} 1\nsame 1\n')
  writeFileSync(fresh, 'x{f="fresh"} 1\nsame 2\n')
  const hourAgo = Date.now() / 1000 - 3600
  utimesSync(old, hourAgo, hourAgo)
  const machine = machineWith([
    `--collector.textfile.directory=${folder.path}`,
    '--collector.textfile.max-age=30m',
  ])
  // The file of the same series that is not too old wins, although its path sorts later.
  expect(await machine.scrape()).toEqual([good, 'same 2', 'x{f="fresh"} 1'])
  expect(await machine.problems()).toEqual(['a-old.prom expired'])
  const page = await machine.page()
  expect(page).toContain(`node_textfile_mtime_seconds{file="${old}"}`) // alerts on age go on working
  const warnings = machine.lines.filter((line) => line.includes('level=WARN'))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toMatch(/older than --collector\.textfile\.max-age.*file=\S+a-old\.prom/)
  utimesSync(old, Date.now() / 1000, Date.now() / 1000)
  expect(await machine.scrape()).toContain('x{f="old"} 1')
  expect(await machine.problems()).toEqual(['fresh.prom conflict'])
})

test('a file grows too old between two scrapes, without any change to it', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'a.prom'), 'x 1\n')
  const machine = machineWith([
    `--collector.textfile.directory=${folder.path}`,
    '--collector.textfile.max-age=3s',
  ])
  expect(await machine.scrape()).toEqual([good, 'x 1'])
  await waitFor('the file to expire', async () => (await machine.scrape()).length === 1)
  expect(await machine.problems()).toEqual(['a.prom expired'])
})

test('timestamps are dropped where the operator wants that, other words are refused', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'a.prom'), 'x 1\ny 1 1441205977284\n')
  const flags = [`--collector.textfile.directory=${folder.path}`]
  const machine = machineWith([...flags, '--collector.textfile.timestamps=drop'])
  expect(await machine.scrape()).toEqual([good, 'x 1', 'y 1'])
  expect(machine.errors()).toEqual([])
  expect(() => machineWith([...flags, '--collector.textfile.timestamps=keep'])).toThrow(
    'collector textfile cannot start: --collector.textfile.timestamps: want refuse or drop, got "keep"',
  )
})
