/** Waits for something that becomes true after a while, and says what it last saw when it does not. */
import { setTimeout as sleep } from 'node:timers/promises'

/** The first value of `look` that is neither undefined nor false; an error counts as "not yet". */
export async function waitFor<Value>(
  what: string,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 20_000,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await look()
      if (value !== undefined && value !== false) return value
      last = value
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${String(last)}`)
    }
    await sleep(100)
  }
}
