/** A connection that is kept from scrape to scrape, and made anew when it is lost. */

import { type Connection, ConnectionLost } from './connection.ts'

export class KeptBus {
  readonly #dial: (signal: AbortSignal) => Promise<Connection>
  #connection: Connection | undefined

  constructor(dial: (signal: AbortSignal) => Promise<Connection>) {
    this.#dial = dial
  }

  /**
   * Asks something over the kept connection. Where that turns out to be lost, because the bus was
   * started again since, it is asked once more over a new one.
   */
  async use<T>(signal: AbortSignal, ask: (connection: Connection) => Promise<T>): Promise<T> {
    const kept = this.#connection
    if (kept?.isOpen) {
      try {
        return await ask(kept)
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      }
    }
    this.#connection = await this.#dial(signal)
    return await ask(this.#connection)
  }
  /** Ends the connection, if there is one. */
  close(): void {
    this.#connection?.close(new ConnectionLost('the collector has stopped'))
  }
}
