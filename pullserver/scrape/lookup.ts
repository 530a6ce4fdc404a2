/**
 * Host names to addresses, a few at a time.
 *
 * The system's resolver answers in one of the four threads that also unpack big bodies and read
 * files. A name server that is silent holds a thread for many seconds, so two of them are the most
 * that names may take; and targets of one host share an answer.
 */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns'

const mostAtOnce = 2

type Callback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

/** As dns.lookup, which is what it calls. */
export type Lookup = (hostname: string, options: LookupOptions, callback: Callback) => void

export function sharedLookup(lookup: Lookup = dns.lookup): Lookup {
  const asking = new Map<string, Callback[]>()
  const queue: (() => void)[] = []
  let running = 0

  function next(): void {
    if (running >= mostAtOnce) return
    const ask = queue.shift()
    if (ask === undefined) return
    running++
    ask()
  }

  return (hostname, options, callback) => {
    const key = JSON.stringify([hostname, options.family, options.all, options.hints])
    const waiting = asking.get(key)
    if (waiting !== undefined) {
      waiting.push(callback)
      return
    }
    const callbacks = [callback]
    asking.set(key, callbacks)
    queue.push(() => {
      lookup(hostname, options, (...answer) => {
        running--
        asking.delete(key)
        next()
        for (const answered of callbacks) answered(...answer)
      })
    })
    next()
  }
}
