/**
 * `node bench/fuzz.ts --inputs 1000000`: mutated pages and random bytes through every reader of the
 * exposition module. A reader may throw its own error and nothing else, may not take longer than a
 * second, and by a template (the page before, and the page before that) it must say what it says without
 * one: samples, series that are gone, metadata. `--large 64` gives each reader bodies of 64 MB instead,
 * which may take no more than a minute of the processor. What is found is shown with the seed and number
 * that make it again.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { largeShapes } from './fuzz/large.ts'
import { plainReaders, readers } from './fuzz/readers.ts'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    from: { type: 'string', default: '0' },
    large: { type: 'string' },
    only: { type: 'string' },
  },
})
const longestInputMs = 1000
const hangMs = 60_000
/** Of the processor; a busy machine takes longer. */
const longestBodyMs = 60_000
/** How many times its body a reader's heap may hold. */
const largestMultiple = 40

if (values.large === undefined) {
  await fuzz(Number(values.inputs), Number(values.seed), Number(values.from))
} else {
  await readLargeBodies(Number(values.large))
}

type FuzzReport = { readonly accepted: Record<string, number>; readonly slowestMs: number }

/** Inputs `from` to `inputs`, in a worker, so that one that never ends is seen to do so. */
async function fuzz(inputs: number, seed: number, from: number): Promise<void> {
  console.log(`inputs ${from} to ${inputs} of seed ${seed}, ${Object.keys(readers).length} readers`)
  const started = performance.now()
  const progress = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('fuzz/run-inputs.ts', import.meta.url), {
    workerData: { seed, from, inputs, longestInputMs, progress },
  })
  let [at, since, findings] = [-1, performance.now(), 0]
  const watch = setInterval(() => {
    const now = Atomics.load(progress, 0)
    if (now !== at) [at, since] = [now, performance.now()]
    else if (performance.now() - since > hangMs) {
      console.log(`input ${at} of seed ${seed} does not end`)
      process.exit(1)
    }
  }, 1000)
  worker.on('message', (message: string | FuzzReport) => {
    if (typeof message === 'string') {
      findings++
      console.log(message)
      return
    }
    const seconds = (performance.now() - started) / 1000
    const rss = Math.round(process.resourceUsage().maxRSS / 1024)
    console.log(`${inputs - from} inputs in ${seconds.toFixed(0)} s, ${findings} findings`)
    console.log(`slowest ${message.slowestMs.toFixed(1)} ms, largest resident size ${rss} MB`)
    for (const [reader, accepted] of Object.entries(message.accepted)) {
      console.log(
        `${((100 * accepted) / (inputs - from)).toFixed(1).padStart(6)}% accepted: ${reader}`,
      )
    }
  })
  await new Promise((done) => worker.once('exit', done))
  clearInterval(watch)
  if (findings > 0) process.exitCode = 1
}

/** Each shape and reader in a process of its own, whose heap may hold so many times the body. */
async function readLargeBodies(megabytes: number): Promise<void> {
  console.log(' cpu ms  times the body')
  for (const shape of largeShapes) {
    for (const reader of Object.keys(plainReaders)) {
      const name = `${shape}: ${reader}`
      if (values.only !== undefined && !name.includes(values.only)) continue
      const { outcome, ms, times } = await readOne(shape, reader, megabytes)
      console.log(
        `${ms.toFixed(0).padStart(7)} ${times.toFixed(1).padStart(6)}  ${outcome}, ${name}`,
      )
      if (outcome.startsWith('FAILED')) process.exitCode = 1
    }
  }
}

type Outcome = { readonly outcome: string; readonly ms: number; readonly times: number }

function readOne(shape: string, reader: string, megabytes: number): Promise<Outcome> {
  const file = fileURLToPath(new URL('fuzz/run-large.ts', import.meta.url))
  const heap = `--max-old-space-size=${largestMultiple * megabytes}`
  const args = [heap, file, shape, reader, String(megabytes * 2 ** 20)]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 10 * longestBodyMs }, (error, stdout, stderr) => {
      if (error !== null) {
        const why =
          error.killed === true ? `not ended after ${10 * longestBodyMs} ms` : stderr.split('\n')[0]
        return resolve({ outcome: `FAILED ${why}`, ms: Number.NaN, times: Number.NaN })
      }
      const found = JSON.parse(stdout) as { outcome: string; ms: number; megabytes: number }
      const outcome = found.ms > longestBodyMs ? `FAILED slow, ${found.outcome}` : found.outcome
      resolve({ ...found, outcome, times: found.megabytes / megabytes })
    })
  })
}
