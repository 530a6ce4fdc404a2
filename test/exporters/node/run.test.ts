import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  type Collector,
  defineCollector,
  NoData,
  StartError,
} from '../../../exporters/node/collector.ts'
import { family } from '../../../shared/exposition/declare.ts'
import { fakeMachine, startMachine, withoutDurations } from './machine.ts'

const gauge = family('gauge', 'node_probe', 'A probe.', ['step'])
const probe = {
  name: 'probe',
  enabled: true,
  help: 'A probe.',
  flags: {},
  families: [gauge],
} as const

function machineOf(...collectors: readonly Collector[]) {
  return startMachine({ root: fakeMachine, collectors, args: ['--collector.timeout=50ms'] })
}

/** The samples of a page, in short. */
async function samples(machine: ReturnType<typeof machineOf>, query?: string): Promise<string[]> {
  const page = withoutDurations(await machine.scrape(query))
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('a collector that throws keeps what it had, fails alone, and is logged when that begins', async () => {
  let broken = true
  const machine = machineOf(
    defineCollector({
      ...probe,
      collect({ out }) {
        out.add(gauge, 1, 'before')
        if (broken) throw new Error('the file is odd')
        out.add(gauge, 2, 'after')
      },
    }),
    defineCollector({
      ...probe,
      name: 'second',
      collect: ({ out }) => out.add(gauge, 3, 'second'),
    }),
  )
  const expected = [
    'node_probe{step="before"} 1',
    'node_probe{step="second"} 3',
    'node_scrape_collector_outcome{collector="probe",outcome="error"} 1',
    'node_scrape_collector_outcome{collector="second",outcome="ok"} 1',
    'node_scrape_collector_success{collector="probe"} 0',
    'node_scrape_collector_success{collector="second"} 1',
  ]
  expect(await samples(machine)).toEqual(expected)
  expect(await samples(machine)).toEqual(expected)
  const failures = machine.lines.filter((line) => line.includes('level=ERROR'))
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatch(
    /msg="collector failed" name=probe duration_seconds=\S+ err="the file is odd"/,
  )
  broken = false
  expect(await samples(machine)).toContain('node_probe{step="after"} 2')
  expect(machine.lines.at(-1)).toContain('collector works again')
})

test('no data is not a failure: success 0 as in the original, its own series, a line at debug', async () => {
  const machine = machineOf(
    defineCollector({
      ...probe,
      collect() {
        throw new NoData('no such hardware')
      },
    }),
  )
  expect(await samples(machine)).toEqual([
    'node_scrape_collector_outcome{collector="probe",outcome="no_data"} 1',
    'node_scrape_collector_success{collector="probe"} 0',
  ])
  expect(machine.lines).toHaveLength(1)
  expect(machine.lines[0]).toMatch(/level=DEBUG .*msg="collector returned no data" name=probe/)
})

test('a late collector leaves the page, is not started again, and its answer serves the next scrape', async () => {
  const reads: PromiseWithResolvers<number>[] = []
  const machine = machineOf(
    defineCollector({
      ...probe,
      read() {
        const read = Promise.withResolvers<number>()
        reads.push(read)
        return read.promise
      },
      collect: ({ out, read }) => out.add(gauge, read, 'read'),
    }),
  )
  const late = [
    'node_scrape_collector_outcome{collector="probe",outcome="timeout"} 1',
    'node_scrape_collector_success{collector="probe"} 0',
  ]
  expect(await samples(machine)).toEqual(late)
  expect(machine.lines.at(-1)).toMatch(/level=ERROR .*collector timed out.* name=probe/)
  expect(await samples(machine)).toEqual(late)
  expect(reads).toHaveLength(1)
  const third = samples(machine)
  reads[0]?.resolve(7)
  expect(await third).toEqual([
    'node_probe{step="read"} 7',
    'node_scrape_collector_outcome{collector="probe",outcome="ok"} 1',
    'node_scrape_collector_success{collector="probe"} 1',
  ])
  const fourth = samples(machine)
  expect(reads).toHaveLength(2)
  reads[1]?.resolve(8)
  expect(await fourth).toContain('node_probe{step="read"} 8')
})

test('a read that settles because its signal aborts is in time', async () => {
  const machine = machineOf(
    defineCollector({
      ...probe,
      read: ({ signal }) =>
        new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(9))),
      collect: ({ out, read }) => out.add(gauge, read, 'partial'),
    }),
  )
  expect(await samples(machine)).toContain('node_probe{step="partial"} 9')
})

test('a read that gives up at the deadline was late', async () => {
  const machine = machineOf(
    defineCollector({
      ...probe,
      async read({ signal }) {
        await sleep(1000, undefined, { signal }).catch(() => signal.throwIfAborted())
      },
      collect: () => undefined,
    }),
  )
  expect(await samples(machine)).toEqual([
    'node_scrape_collector_outcome{collector="probe",outcome="timeout"} 1',
    'node_scrape_collector_success{collector="probe"} 0',
  ])
})

test('scrapes at the same time share one read', async () => {
  let reads = 0
  const machine = machineOf(
    defineCollector({
      ...probe,
      async read() {
        reads += 1
        await sleep(5)
        return reads
      },
      collect: ({ out, read }) => out.add(gauge, read, 'shared'),
    }),
  )
  const pages = await Promise.all([samples(machine), samples(machine)])
  for (const page of pages) expect(page).toContain('node_probe{step="shared"} 1')
})

test('a read that fails is a failure, at once or later', async () => {
  for (const read of [
    (): number => {
      throw new Error('refused')
    },
    async (): Promise<number> => {
      await sleep(1)
      throw new Error('refused')
    },
  ]) {
    const machine = machineOf(
      defineCollector({
        ...probe,
        read,
        collect: ({ out, read: value }) => out.add(gauge, value, 'x'),
      }),
    )
    expect(await samples(machine)).toEqual([
      'node_scrape_collector_outcome{collector="probe",outcome="error"} 1',
      'node_scrape_collector_success{collector="probe"} 0',
    ])
    expect(machine.lines.at(-1)).toMatch(/collector failed.*err=refused/)
  }
})

test("the scrape's own deadline counts when it is the shorter one", async () => {
  const machine = startMachine({
    root: fakeMachine,
    args: ['--collector.timeout=1h'],
    collectors: [
      defineCollector({
        ...probe,
        read: () => new Promise<number>(() => undefined),
        collect: () => undefined,
      }),
    ],
  })
  const controller = new AbortController()
  const page = machine.scrape('', controller.signal)
  controller.abort(new Error('the scrape is nearly over'))
  expect(await page).toContain('outcome{collector="probe",outcome="timeout"} 1')
  expect(machine.lines.at(-1)).toContain('err="the scrape is nearly over"')
})

test('what start returns is kept from scrape to scrape, and its refusal names the collector', async () => {
  const machine = machineOf(
    defineCollector({
      ...probe,
      start: () => ({ scrapes: 0 }),
      collect({ out, state }) {
        state.scrapes += 1
        out.add(gauge, state.scrapes, 'scrapes')
      },
    }),
  )
  await samples(machine)
  expect(await samples(machine)).toContain('node_probe{step="scrapes"} 2')
  const refusing = defineCollector({
    ...probe,
    start() {
      throw new StartError('there is no such thing')
    },
    collect: () => undefined,
  })
  expect(() => machineOf(refusing)).toThrow('collector probe cannot start: there is no such thing')
})
