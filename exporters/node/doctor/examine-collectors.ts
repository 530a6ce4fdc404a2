/** Starts and runs each collector once, as the exporter would, and notes what came of it. */

import { textFormat } from '../../../shared/exposition/negotiate.ts'
import { Page } from '../../../shared/exposition/page.ts'
import type { Collector, CollectorLog } from '../collector.ts'
import type { Host } from '../host.ts'
import type { Run } from '../run.ts'
import { enabledNames } from '../select.ts'
import type { Settings } from '../settings.ts'
import { startCollector } from '../start-collector.ts'

export type CollectorReport = {
  readonly name: string
  readonly outcome: 'ok' | 'no_data' | 'error' | 'timeout' | 'cannot start'
  /** How many samples it would show, those of an error before it was met included. */
  readonly samples: number
  readonly seconds: number
  /** Why it is not ok, in the words of the log. */
  readonly reason?: string
  /** What else it logged at warning or error, a line each. */
  readonly remarks: readonly string[]
}

type Setup = {
  readonly collectors: readonly Collector[]
  readonly host: Host
  readonly settings: Settings
}

/** Reports of the collectors that are on, in the order of their names. */
export async function examineCollectors(setup: Setup): Promise<CollectorReport[]> {
  const { collectors, settings, host } = setup
  const on = enabledNames(collectors, settings)
  host.nextScrape()
  const reports: CollectorReport[] = []
  // One after the other, so that each has the time that is its own.
  for (const collector of collectors) {
    if (on.has(collector.name)) reports.push(await examine(collector, setup, on))
  }
  return reports
}

async function examine(
  collector: Collector,
  { settings, host }: Setup,
  on: ReadonlySet<string>,
): Promise<CollectorReport> {
  const { name } = collector
  const remarks: string[] = []
  let run: Run
  try {
    run = startCollector(collector, { host, flags: settings, log: remarkLog(name, remarks), on })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name, outcome: 'cannot start', samples: 0, seconds: 0, reason, remarks }
  }
  const startMs = performance.now()
  const signal = AbortSignal.timeout(settings.values['collector.timeout'])
  await run.collect(() => signal)
  const seconds = (performance.now() - startMs) / 1000
  const { kind, err } = run.outcome
  const samples = countSamples(run)
  run.stop()
  return {
    name,
    outcome: kind,
    samples,
    seconds,
    remarks,
    ...(err === undefined ? {} : { reason: err }),
  }
}

/** Keeps warnings and errors, but not the line about the outcome, which is told anyway. */
function remarkLog(collector: string, remarks: string[]): CollectorLog {
  const keep = (message: string, fields: Record<string, unknown> = {}): void => {
    const { name, ...others } = fields
    if (name === collector) return
    const details = Object.entries(others).map(([key, value]) => `${key}=${textOf(value)}`)
    remarks.push([message, ...details].join(' '))
  }
  return { debug: () => undefined, info: () => undefined, warn: keep, error: keep }
}

function textOf(value: unknown): string {
  return value instanceof Error ? value.message : String(value)
}

function countSamples({ registry }: Run): number {
  const page = Buffer.from(new Page().render([registry], textFormat)).toString()
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.filter((line) => !line.startsWith('node_scrape_collector_')).length
}
