/** The worker of the fuzz run: makes the inputs one by one and gives each to all readers. */
import { parentPort, workerData } from 'node:worker_threads'
import { mutate, Random } from './mutate.ts'
import { isExpected, readers } from './readers.ts'
import { twoPages } from './rearrange.ts'
import { seeds } from './seeds.ts'

const { seed, from, inputs, longestInputMs, progress } = workerData as {
  seed: number
  from: number
  inputs: number
  longestInputMs: number
  progress: Int32Array
}
const groups = seeds()
const accepted = Object.fromEntries(Object.keys(readers).map((name) => [name, 0]))
let slowestMs = 0
/** Half of the time would go to the stacks of errors that are expected. */
Error.stackTraceLimit = 0

for (let index = from; index < inputs; index++) {
  Atomics.store(progress, 0, index)
  const random = new Random(seed + Math.imul(index, 0x9e3779b9))
  const { input, before } = inputOf(random)
  for (const [name, read] of Object.entries(readers)) {
    const started = performance.now()
    try {
      read(input, before)
      accepted[name] = (accepted[name] ?? 0) + 1
    } catch (error) {
      if (!isExpected(error))
        report(
          index,
          name,
          stackOf(() => read(input, before)),
        )
    }
    const ms = performance.now() - started
    if (ms > slowestMs) slowestMs = ms
    if (ms > longestInputMs) report(index, name, `took ${ms.toFixed(0)} ms`)
  }
}
parentPort?.postMessage({ accepted, slowestMs })

/** A page changed a little behind itself or behind another one, or valid pages that a target may have in turn. */
function inputOf(random: Random): { input: Uint8Array; before: Uint8Array } {
  const group = random.pick(groups)
  if (random.below(4) === 0) {
    const { before, after } = twoPages(random)
    return { before, input: random.below(4) === 0 ? mutate(random, after, group) : after }
  }
  const before = random.pick(group)
  const page = random.below(2) === 0 ? before : random.pick(group)
  return { before, input: mutate(random, page, group) }
}

/** Of the error that this throws, once more. */
function stackOf(fail: () => void): unknown {
  Error.stackTraceLimit = 10
  try {
    fail()
    return 'an error that does not come again'
  } catch (error) {
    return error instanceof Error ? error.stack : error
  } finally {
    Error.stackTraceLimit = 0
  }
}

function report(index: number, name: string, what: unknown): void {
  parentPort?.postMessage(`input ${index} of seed ${seed}, ${name}: ${what}`)
}
