/** The worker of the fuzz run: makes the inputs one by one and gives each to all readers. */
import { parentPort, workerData } from 'node:worker_threads'
import { mutate, Random } from './mutate.ts'
import { isExpected, readers } from './readers.ts'
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

for (let index = from; index < inputs; index++) {
  Atomics.store(progress, 0, index)
  const random = new Random(seed + Math.imul(index, 0x9e3779b9))
  const group = random.pick(groups)
  const input = mutate(random, group)
  const before = random.pick(group)
  for (const [name, read] of Object.entries(readers)) {
    const started = performance.now()
    try {
      read(input, before)
      accepted[name] = (accepted[name] ?? 0) + 1
    } catch (error) {
      if (!isExpected(error)) report(index, name, error instanceof Error ? error.stack : error)
    }
    const ms = performance.now() - started
    if (ms > slowestMs) slowestMs = ms
    if (ms > longestInputMs) report(index, name, `took ${ms.toFixed(0)} ms`)
  }
}
parentPort?.postMessage({ accepted, slowestMs })

function report(index: number, name: string, what: unknown): void {
  parentPort?.postMessage(`input ${index} of seed ${seed}, ${name}: ${what}`)
}
