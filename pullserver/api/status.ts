/** What this server is and runs with: /api/v1/status/buildinfo, config, flags, runtimeinfo, tsdb. */
import { hostname } from 'node:os'
import type { LiveConfig } from '../live-config.ts'
import type { Store } from '../storage/store.ts'
import { type Answer, answer } from './answer.ts'

export type Status = {
  readonly version: string
  readonly config: Pick<LiveConfig, 'loadedMs' | 'lastReadSucceeded'> & {
    /** The text is that of the file, secrets hidden. */
    current(): { readonly text: string }
  }
  readonly flags: Readonly<Record<string, string>>
  readonly startMs: number
  readonly retention: string
  readonly store: Pick<Store, 'stats'>
}

/**
 * The Prometheus release whose API this server speaks. Grafana reads `version` to learn what it may
 * ask for; our own version travels beside it. `features` stays absent: Grafana takes it for Mimir.
 */
const compatibleVersion = '3.5.0'

export function showBuildInfo({ version }: Status): Answer {
  return answer({
    version: compatibleVersion,
    revision: '',
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: '',
    application: 'narthex pullserver',
    applicationVersion: version,
    nodeVersion: process.version,
  })
}

export function showConfig(status: Status): Answer {
  return answer({ yaml: status.config.current().text })
}

export function showFlags({ flags }: Status): Answer {
  return answer(flags)
}

export function showRuntimeInfo(status: Status, nowMs: number): Answer {
  return answer({
    startTime: new Date(status.startMs).toISOString(),
    CWD: process.cwd(),
    hostname: hostname(),
    serverTime: new Date(nowMs).toISOString(),
    reloadConfigSuccess: status.config.lastReadSucceeded(),
    lastConfigTime: new Date(status.config.loadedMs()).toISOString(),
    storageRetention: status.retention,
  })
}

/** The head numbers of /api/v1/status/tsdb; the cardinality lists are not offered. */
export function showStorage({ store }: Status): Answer {
  const { series, chunks, minTimeMs, maxTimeMs } = store.stats()
  return answer({
    headStats: {
      numSeries: series,
      chunkCount: chunks,
      minTime: Math.trunc(minTimeMs),
      maxTime: Math.trunc(maxTimeMs),
    },
  })
}
