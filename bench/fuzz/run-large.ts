/** The worker that gives one large body to one reader. */
import { parentPort, workerData } from 'node:worker_threads'
import { largeBody } from './large.ts'
import { isExpected, readers } from './readers.ts'

const { shape, reader, length } = workerData as { shape: string; reader: string; length: number }
const empty = new Uint8Array()
try {
  readers[reader]?.(largeBody(shape, length), empty)
  parentPort?.postMessage('accepted')
} catch (error) {
  if (!isExpected(error)) throw error
  parentPort?.postMessage('refused ')
}
