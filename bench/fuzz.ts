/**
 * `node bench/fuzz.ts --inputs 1000000`: mutated pages and random bytes through every reader of the
 * exposition module. A reader may throw its own error and nothing else, may not take longer than a
 * second, and by a template it must say what it says without one. `--large 64` gives each reader
 * bodies of 64 MB instead. What is found is shown with the seed and number that make it again.
 */
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { largeShapes } from './fuzz/large.ts'
import { readers } from './fuzz/readers.ts'

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
/** How many times its body a reader's heap may hold. */
const largestMultiple = 32

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

/** Each shape and reader in a worker of its own, whose heap may hold so many times the body. */
async function readLargeBodies(megabytes: number): Promise<void> {
  console.log('     ms    MB  outcome')
  for (const shape of largeShapes) {
    for (const reader of Object.keys(readers)) {
      const name = `${shape}: ${reader}`
      if (values.only !== undefined && !name.includes(values.only)) continue
      const started = performance.now()
      const { outcome, peakMb } = await readOne(shape, reader, megabytes)
      const ms = (performance.now() - started).toFixed(0)
      console.log(`${ms.padStart(7)} ${String(peakMb).padStart(5)}  ${outcome}, ${name}`)
      if (outcome.startsWith('FAILED')) process.exitCode = 1
    }
  }
}

async function readOne(shape: string, reader: string, megabytes: number) {
  const worker = new Worker(new URL('fuzz/run-large.ts', import.meta.url), {
    workerData: { shape, reader, length: megabytes * 1024 * 1024 },
    resourceLimits: { maxOldGenerationSizeMb: largestMultiple * megabytes },
  })
  let peakMb = 0
  const before = process.memoryUsage.rss()
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, Math.round((process.memoryUsage.rss() - before) / 2 ** 20))
  }, 20)
  let outcome = 'FAILED: no answer'
  worker.on('message', (message: string) => {
    outcome = message
  })
  worker.on('error', (error: unknown) => {
    outcome = `FAILED: ${error instanceof Error ? error.message : error}`
  })
  const timer = setTimeout(() => {
    outcome = `FAILED: not ended after ${hangMs / 1000} s`
    void worker.terminate()
  }, hangMs)
  await new Promise((done) => worker.once('exit', done))
  clearTimeout(timer)
  clearInterval(watch)
  return { outcome, peakMb }
}
