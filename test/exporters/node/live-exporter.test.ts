/** A reload as a function: what runs afterwards, and when the collectors before let go. */
import { expect, test } from 'vitest'
import { defineCollector, StartError } from '../../../exporters/node/collector.ts'
import { Exporter } from '../../../exporters/node/exporter.ts'
import { collectorFlags, programFlags } from '../../../exporters/node/flags.ts'
import { Host } from '../../../exporters/node/host.ts'
import { LiveExporter } from '../../../exporters/node/live-exporter.ts'
import type { Settings } from '../../../exporters/node/settings.ts'
import { family } from '../../../shared/exposition/declare.ts'
import { textFormat } from '../../../shared/exposition/negotiate.ts'
import { Page } from '../../../shared/exposition/page.ts'
import { Registry } from '../../../shared/exposition/registry.ts'
import { readFlags } from '../../../shared/flags.ts'
import { createLog } from '../../../shared/log.ts'
import { fakeMachine } from './machine.ts'

const gauge = family('gauge', 'node_probe', 'A probe.', ['word'])

/** A collector that shows its flag, waits for `gate`, and writes what happens to it into `events`. */
function liveProbe() {
  const events: string[] = []
  let gate: Promise<void> = Promise.resolve()
  const probe = defineCollector({
    name: 'probe',
    enabled: true,
    help: 'A probe.',
    flags: { word: { help: 'A word.', default: 'first' } },
    families: [gauge],
    start({ flags }) {
      if (flags.word === 'bad') throw new StartError('a bad word')
      events.push(`start ${flags.word}`)
      return flags.word
    },
    read: () => gate,
    collect: ({ out, state }) => out.add(gauge, 1, state),
    stop: (state) => void events.push(`stop ${state}`),
  })
  const second = defineCollector({ ...probe, name: 'second', flags: {}, start: () => 'second' })
  const collectors = [probe, second]
  const declarations = { ...collectorFlags(collectors), ...programFlags }
  const program = { name: 'node_exporter', description: '', version: '0' }
  let args: readonly string[] = []
  const read = () => readFlags(program, declarations, args, {}) as unknown as Settings
  const host = new Host({
    procfs: `${fakeMachine}/proc`,
    sysfs: `${fakeMachine}/sys`,
    rootfs: '/',
    udevData: '/nonexistent',
  })
  const lines: string[] = []
  const log = createLog({ level: 'info', format: 'logfmt', write: (line) => lines.push(line) })
  const own = { registry: new Registry() }
  const exporter = new LiveExporter({
    settings: read(),
    read,
    showsReloads: true,
    log,
    nowMs: () => 1_800_000_000_000,
    start: (flags) => new Exporter({ collectors, flags, host, log, own, timeoutMs: 5000 }),
  })
  const page = new Page()
  return {
    events,
    lines,
    /** Reads that begin from now on end when the result is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
    reload(...given: readonly string[]): readonly string[] {
      args = given
      return exporter.reload()
    },
    async scrape(): Promise<string> {
      const registries = await exporter.gather(new URLSearchParams(), new AbortController().signal)
      return Buffer.from(page.render(registries, textFormat)).toString()
    },
  }
}

test('new settings take the place of the old, whose collectors stop when their scrapes have ended', async () => {
  const live = liveProbe()
  const release = live.hold()
  const early = live.scrape()
  expect(live.reload('--collector.probe.word=next', '--no-collector.second')).toEqual([])
  expect(live.events).toEqual(['start first', 'start next'])
  release()
  const page = await early
  expect(page).toContain('node_probe{word="first"} 1')
  expect(page).toContain('node_probe{word="second"} 1')
  expect(live.events).toEqual(['start first', 'start next', 'stop first', 'stop second'])
  const after = await live.scrape()
  expect(after).toContain('node_probe{word="next"} 1')
  expect(after).not.toContain('"second"')
  expect(live.lines.at(-1)).toMatch(/msg="Configuration loaded again" stopped=second$/m)
})

test('settings that cannot start leave everything as it was', async () => {
  const live = liveProbe()
  expect(live.reload('--collector.probe.word=bad')).toEqual([
    'collector probe cannot start: a bad word',
  ])
  expect(live.reload('--nonsense')).toEqual(["unknown long flag '--nonsense'"])
  expect(live.events).toEqual(['start first'])
  const page = await live.scrape()
  expect(page).toContain('node_probe{word="first"} 1')
  expect(page).toContain('node_exporter_config_last_reload_successful 0')
  expect(page).toContain('node_exporter_config_last_reload_success_timestamp_seconds 1.8e+09')
})

test('flags that a reload cannot change are named as long as they differ', () => {
  const live = liveProbe()
  const warnings = (): number => live.lines.filter((line) => line.includes('restart')).length
  live.reload('--web.max-requests=3')
  expect(live.lines.at(-1)).toContain('flags="[\\"--web.max-requests\\"]"')
  live.reload('--web.max-requests=3', '--collector.probe.word=next')
  expect(warnings()).toBe(2)
  live.reload('--collector.probe.word=last')
  expect(warnings()).toBe(2)
})
