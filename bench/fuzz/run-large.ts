/** The process that gives one large body to one reader: `run-large.ts SHAPE READER BYTES`. */
import { largeBody } from './large.ts'
import { isExpected, plainReaders } from './readers.ts'

const [shape = '', reader = '', length = ''] = process.argv.slice(2)
const body = largeBody(shape, Number(length))
const before = process.memoryUsage.rss()
const cpuBefore = process.cpuUsage()
let outcome = 'accepted'
try {
  plainReaders[reader]?.(body)
} catch (error) {
  if (!isExpected(error)) throw error
  outcome = 'refused'
}
const cpu = process.cpuUsage(cpuBefore)
// The largest so far, in kilobytes; making the body takes twice its size, which may have been more.
const megabytes = process.resourceUsage().maxRSS / 1024 - before / 2 ** 20
// Of the processor, with the collector's threads: others may be using the machine.
const ms = (cpu.user + cpu.system) / 1000
process.stdout.write(JSON.stringify({ outcome, ms, megabytes }))
