/** What the doctor says of collectors that work, have nothing, fail, hang, or cannot start. */
import { expect, test } from 'vitest'
import { defineCollector, NoData, StartError } from '../../../../exporters/node/collector.ts'
import { examineCollectors } from '../../../../exporters/node/doctor/examine-collectors.ts'
import { examineFlags } from '../../../../exporters/node/doctor/examine-flags.ts'
import { formatDiagnosis, isHealthy } from '../../../../exporters/node/doctor/report.ts'
import { collectorFlags, programFlags } from '../../../../exporters/node/flags.ts'
import { Host } from '../../../../exporters/node/host.ts'
import type { Settings } from '../../../../exporters/node/settings.ts'
import { family } from '../../../../shared/exposition/declare.ts'
import { readFlags } from '../../../../shared/flags.ts'
import { fakeMachine } from '../machine.ts'

const gauge = family('gauge', 'node_probe', 'A probe.', ['step'])
const probe = { enabled: true, help: 'A probe.', flags: {}, families: [gauge] } as const

const collectors = [
  defineCollector({
    ...probe,
    name: 'broken',
    collect({ out }) {
      out.add(gauge, 1, 'before')
      throw new Error('the file is odd')
    },
  }),
  defineCollector({
    ...probe,
    name: 'good',
    collect({ out, log }) {
      log.warn('A thing is old', { thing: 'x' })
      log.debug('not told')
      out.add(gauge, 1, 'a')
      out.add(gauge, 2, 'b')
    },
  }),
  defineCollector({
    ...probe,
    name: 'late',
    read: () => new Promise<never>(() => undefined),
    collect: () => undefined,
  }),
  defineCollector({
    ...probe,
    name: 'none',
    collect() {
      throw new NoData('no such hardware')
    },
  }),
  defineCollector({
    ...probe,
    name: 'off',
    enabled: false,
    flags: { word: { help: 'A word.', default: '' } },
    collect: () => undefined,
  }),
  defineCollector({
    ...probe,
    name: 'refusing',
    start() {
      throw new StartError('--collector.refusing.x is odd')
    },
    collect: () => undefined,
  }),
]

function settingsOf(...args: readonly string[]): Settings {
  const declarations = { ...collectorFlags(collectors), ...programFlags }
  const program = { name: 'node_exporter', description: '', version: '0' }
  const all = ['--collector.timeout=50ms', ...args]
  return readFlags(program, declarations, all, {}) as unknown as Settings
}

async function examine(...args: readonly string[]) {
  const host = new Host({
    procfs: `${fakeMachine}/proc`,
    sysfs: `${fakeMachine}/sys`,
    rootfs: '/',
    udevData: '/nonexistent',
  })
  return await examineCollectors({ collectors, host, settings: settingsOf(...args) })
}

test('each collector that is on is run once and reported', async () => {
  const reports = await examine()
  expect(reports.map(({ seconds: _, ...report }) => report)).toEqual([
    { name: 'broken', outcome: 'error', samples: 1, reason: 'the file is odd', remarks: [] },
    { name: 'good', outcome: 'ok', samples: 2, remarks: ['A thing is old thing=x'] },
    expect.objectContaining({ name: 'late', outcome: 'timeout', samples: 0 }),
    { name: 'none', outcome: 'no_data', samples: 0, reason: 'no such hardware', remarks: [] },
    {
      name: 'refusing',
      outcome: 'cannot start',
      samples: 0,
      reason: 'collector refusing cannot start: --collector.refusing.x is odd',
      remarks: [],
    },
  ])
})

test('the report is a table with what the collectors say, and a verdict', async () => {
  const reports = await examine('--no-collector.late', '--no-collector.refusing')
  const collectors = reports.map((report) => ({ ...report, seconds: 0.0012 }))
  const finding = { level: 'note', subject: '/proc', text: 'is odd', cure: 'mount it' } as const
  expect(formatDiagnosis({ collectors, off: ['off'], findings: [finding] })).toBe(`\
collector  outcome  samples   ms  why
broken     error          1  1.2  the file is odd
good       ok             2  1.2
none       no data        0  1.2  no such hardware

off: off

the collectors say
  collector good: A thing is old thing=x

notes
  /proc is odd
    -> mount it

1 collectors show 3 samples, 1 have nothing to measure here, 1 fail, 0 problems in the setup
`)
})

test('healthy is who has no failure and no problem; notes and no data are no matter', async () => {
  const [broken, good, , none] = await examine()
  if (!(broken && good && none)) throw new Error('a report is missing')
  const note = { level: 'note', subject: 'a', text: 'b' } as const
  const verdict = (list: (typeof good)[], findings: Parameters<typeof isHealthy>[0]['findings']) =>
    isHealthy({ collectors: list, off: [], findings })
  expect(verdict([good, none], [note])).toBe(true)
  expect(verdict([good, broken], [])).toBe(false)
  expect(verdict([good], [{ ...note, level: 'problem' }])).toBe(false)
})

test('flags that cannot work are problems, flags that do nothing are notes', () => {
  const findings = examineFlags(
    collectors,
    settingsOf(
      '--collector.ntp',
      '--collector.ntp.server=x',
      '--collector.off.word=x',
      '--runtime.gomaxprocs=2',
      '--web.listen-address=:9100',
      '--web.listen-address=9100',
    ),
  )
  expect(findings.map(({ level, subject, text }) => `${level}: ${subject} ${text}`)).toEqual([
    'note: --collector.ntp has no effect: the original has deprecated it, and it is not here',
    'problem: --web.listen-address=9100 missing port in address, want host:port, [ipv6]:port or unix:/path',
    'note: --collector.ntp.server has no effect: its collector is deprecated and not here',
    'note: --runtime.gomaxprocs has no effect: this is no Go program',
    'note: --collector.off.word has no effect: collector off is off',
  ])
  expect(examineFlags(collectors, settingsOf('--collector.off', '--collector.off.word=x'))).toEqual(
    [],
  )
})
