/** Why a scrape failed, said for people who search for Prometheus' words and for those who do not. */

export class ScrapeError extends Error {
  override name = 'ScrapeError'
  /** Prometheus' text for the same failure. */
  readonly reason: string

  /** `advice`: a plain second line, what was seen or what to do about it. */
  constructor(reason: string, advice?: string, options?: ErrorOptions) {
    super(advice === undefined ? reason : `${reason}\n${advice}`, options)
    this.reason = reason
  }
}
