/** Totals over all targets since the start, under the names that Prometheus counts them by. */
import type { Losses, Reading } from './intake.ts'

export type ScrapeTotals = {
  readonly prometheus_target_scrapes_exceeded_sample_limit_total: number
  readonly prometheus_target_scrapes_exceeded_body_size_limit_total: number
  readonly prometheus_target_scrapes_sample_duplicate_timestamp_total: number
  readonly prometheus_target_scrapes_sample_out_of_order_total: number
  readonly prometheus_target_scrapes_sample_out_of_bounds_total: number
  readonly prometheus_target_sync_failed_total: number
}

export class ScrapeCounters {
  #overSampleLimit = 0
  #overBodyLimit = 0
  #losses: Losses = { duplicates: 0, outOfOrder: 0, outOfBounds: 0 }
  #failedTargets = 0

  add(reading: Reading, losses: Losses): void {
    if (reading.overSampleLimit) this.#overSampleLimit++
    if (reading.error?.message === 'body size limit exceeded') this.#overBodyLimit++
    this.#losses.duplicates += losses.duplicates
    this.#losses.outOfOrder += losses.outOfOrder
    this.#losses.outOfBounds += losses.outOfBounds
  }

  addFailedTargets(count: number): void {
    this.#failedTargets += count
  }

  totals(): ScrapeTotals {
    return {
      prometheus_target_scrapes_exceeded_sample_limit_total: this.#overSampleLimit,
      prometheus_target_scrapes_exceeded_body_size_limit_total: this.#overBodyLimit,
      prometheus_target_scrapes_sample_duplicate_timestamp_total: this.#losses.duplicates,
      prometheus_target_scrapes_sample_out_of_order_total: this.#losses.outOfOrder,
      prometheus_target_scrapes_sample_out_of_bounds_total: this.#losses.outOfBounds,
      prometheus_target_sync_failed_total: this.#failedTargets,
    }
  }
}
