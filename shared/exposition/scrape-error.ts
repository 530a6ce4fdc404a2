/** What makes a whole scrape fail: Prometheus takes all of a page or nothing. */

/** The message is Prometheus' own, which is what users search for. */
export class ScrapeParseError extends Error {
  /** Samples read before the error, with the one at fault where it could be read. */
  samples = 0

  constructor(message: string) {
    super(message)
    this.name = 'ScrapeParseError'
  }
}
