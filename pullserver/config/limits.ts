/** The limits that a scrape_config may set and that fall back to the same fields of `global`. */
import { count, type Fields, size } from './fields.ts'

/** 0 is no limit. */
export type Limits = {
  /** Of the body after decompression. */
  readonly bodyBytes: number
  /** Per scrape, after metric_relabel_configs. */
  readonly samples: number
  /** Per job. */
  readonly targets: number
  /** Per series, `__name__` and the target's labels included; lengths in bytes. */
  readonly labels: number
  readonly labelNameBytes: number
  readonly labelValueBytes: number
  /** How many dropped targets per job the API shows. */
  readonly keptDroppedTargets: number
}

export const limitReaders = {
  body_size_limit: size,
  sample_limit: count,
  target_limit: count,
  label_limit: count,
  label_name_length_limit: count,
  label_value_length_limit: count,
  keep_dropped_targets: count,
}

const noLimits: Limits = {
  bodyBytes: 0,
  samples: 0,
  targets: 0,
  labels: 0,
  labelNameBytes: 0,
  labelValueBytes: 0,
  keptDroppedTargets: 0,
}

/** A job's 0 means the global limit, as in Prometheus: a job cannot lift it. */
export function limits(fields: Fields<typeof limitReaders>, fallback = noLimits): Limits {
  return {
    bodyBytes: fields.body_size_limit?.value || fallback.bodyBytes,
    samples: fields.sample_limit?.value || fallback.samples,
    targets: fields.target_limit?.value || fallback.targets,
    labels: fields.label_limit?.value || fallback.labels,
    labelNameBytes: fields.label_name_length_limit?.value || fallback.labelNameBytes,
    labelValueBytes: fields.label_value_length_limit?.value || fallback.labelValueBytes,
    keptDroppedTargets: fields.keep_dropped_targets?.value || fallback.keptDroppedTargets,
  }
}
