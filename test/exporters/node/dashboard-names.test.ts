/** Whoever swaps the exporter keeps dashboards and alerts: every metric that the well-known ones ask for is ours too. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectors } from '../../../exporters/node/collectors/index.ts'
import { deprecated } from '../../../exporters/node/deprecated.ts'
import { textFormat } from '../../../shared/exposition/negotiate.ts'
import { Page } from '../../../shared/exposition/page.ts'
import { processMetrics } from '../../../shared/process-metrics.ts'

const list = readFileSync(join(import.meta.dirname, '../../fixtures/dashboard-names.txt'), 'utf8')
const names = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

/** Of every collector's run, whichever it is. */
const ofRuns = ['node_scrape_collector_duration_seconds', 'node_scrape_collector_success']

test("every metric of the original's mixin and of Node Exporter Full is declared here", () => {
  const patterns = collectors.flatMap(({ families }) => families.map(({ name }) => patternOf(name)))
  const own = ownNames()
  const lacking = Object.keys(deprecated).map((collector) => `node_${collector}_`)
  const unknown = names.filter(
    (name) =>
      !patterns.some((pattern) => pattern.test(name)) &&
      !own.has(name) &&
      !ofRuns.includes(name) &&
      !lacking.some((prefix) => name.startsWith(prefix)),
  )
  expect(unknown, 'a dashboard asks for these: declare them').toEqual([])
  expect(names.length).toBeGreaterThan(200)
})

/** `node_memory_<field>_bytes` stands for all that the machine has. */
function patternOf(name: string): RegExp {
  const parts = name.split(/<\w+>/).map((part) => RegExp.escape(part))
  return new RegExp(`^${parts.join('\\w+')}$`)
}

/** What the exporter tells of itself. */
function ownNames(): ReadonlySet<string> {
  const own = processMetrics({ name: 'node_exporter', version: '0' })
  own.refresh?.()
  const page = Buffer.from(new Page().render([own.registry], textFormat)).toString()
  return new Set([...page.matchAll(/^# TYPE (\S+)/gm)].flatMap(([, name]) => name ?? []))
}
