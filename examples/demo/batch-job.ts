/** A batch job for the demonstration: every few seconds it does a little work and pushes how it went. */
import { setTimeout as sleep } from 'node:timers/promises'

const intervalMs = 5000

const gateway = process.argv[2]
if (gateway === undefined) throw new TypeError('usage: batch-job.ts http://host:9091')

let records = 0
let lastError = ''
process.on('SIGTERM', () => process.exit(0))

for (let run = 1; ; run++) {
  const startedMs = performance.now()
  records += work()
  await push(`# TYPE demo_job_runs_total counter
# HELP demo_job_runs_total Runs of the demonstration's batch job since it was started.
demo_job_runs_total ${run}
# TYPE demo_job_records_total counter
# HELP demo_job_records_total Records that the batch job has sorted.
demo_job_records_total ${records}
# TYPE demo_job_duration_seconds gauge
# HELP demo_job_duration_seconds Time that the last run took.
demo_job_duration_seconds ${(performance.now() - startedMs) / 1000}
`)
  await sleep(intervalMs)
}

/** Sorts some records, more of them at times, so that the graph has something to show. */
function work(): number {
  const count = Math.round(20_000 + 15_000 * Math.sin(Date.now() / 60_000))
  Float64Array.from({ length: count }, Math.random).sort()
  return count
}

async function push(body: string): Promise<void> {
  const url = `${gateway}/metrics/job/demo_job`
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body,
      signal: AbortSignal.timeout(intervalMs),
    })
    const text = await response.text()
    report(response.ok ? '' : `push answered ${response.status}: ${text}`)
  } catch (error) {
    report(`push to ${url} failed: ${error instanceof Error ? (error.cause ?? error) : error}`)
  }
}

/** Says what went wrong once, not every five seconds, and says when it is well again. */
function report(error: string): void {
  if (error === lastError) return
  process.stdout.write(
    `${error === '' ? `pushing to ${gateway} every ${intervalMs / 1000} s` : error}\n`,
  )
  lastError = error
}
