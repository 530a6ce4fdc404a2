/** Every function: the types of its arguments and of its result. */
import type { ValueType } from '../ast.ts'

/**
 * `optional`: how many of the last arguments may be left out. `repeated`: the last one may come any
 * number of times, none included.
 */
export type Signature = {
  readonly args: readonly ValueType[]
  readonly optional: number
  readonly repeated: boolean
  readonly result: ValueType
}

const scalar = 'scalar'
const vector = 'instant vector'
const matrix = 'range vector'
const string = 'string'

function define(names: string, args: readonly ValueType[], result: ValueType, extra: Extra = {}) {
  const signature: Signature = { args, result, optional: 0, repeated: false, ...extra }
  return names.split(' ').map((name): [string, Signature] => [name, signature])
}

type Extra = { optional?: number; repeated?: boolean }

export const signatures: ReadonlyMap<string, Signature> = new Map([
  ...define('abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp', [vector], vector),
  ...define('floor ln log10 log2 rad sgn sin sinh sqrt tan tanh timestamp', [vector], vector),
  ...define('sort sort_desc', [vector], vector),
  // Of native histograms, which we do not store: always empty, as for float series in Prometheus.
  ...define('histogram_avg histogram_count histogram_sum', [vector], vector),
  ...define('histogram_stddev histogram_stdvar', [vector], vector),
  ...define('absent_over_time changes deriv resets', [matrix], vector),
  ...define('delta idelta increase irate rate', [matrix], vector),
  ...define('avg_over_time count_over_time first_over_time last_over_time', [matrix], vector),
  ...define('mad_over_time max_over_time min_over_time present_over_time', [matrix], vector),
  ...define('stddev_over_time stdvar_over_time sum_over_time', [matrix], vector),
  ...define('ts_of_first_over_time ts_of_last_over_time', [matrix], vector),
  ...define('ts_of_max_over_time ts_of_min_over_time', [matrix], vector),
  ...define('pi time start end range step', [], scalar),
  ...define('max_of min_of', [scalar, scalar], scalar),
  ...define('vector', [scalar], vector),
  ...define('scalar', [vector], scalar),
  ...define('day_of_month day_of_week day_of_year days_in_month', [vector], vector, {
    optional: 1,
  }),
  ...define('hour minute month year', [vector], vector, { optional: 1 }),
  ...define('clamp', [vector, scalar, scalar], vector),
  ...define('clamp_max clamp_min', [vector, scalar], vector),
  ...define('round', [vector, scalar], vector, { optional: 1 }),
  ...define('predict_linear', [matrix, scalar], vector),
  ...define('quantile_over_time', [scalar, matrix], vector),
  ...define('double_exponential_smoothing', [matrix, scalar, scalar], vector),
  ...define('histogram_quantile', [scalar, vector], vector),
  ...define('histogram_fraction', [scalar, scalar, vector], vector),
  ...define('histogram_quantiles', [vector, string, scalar, scalar], vector, { repeated: true }),
  ...define('label_replace', [vector, string, string, string, string], vector),
  ...define('label_join', [vector, string, string, string], vector, { repeated: true }),
  ...define('info', [vector, vector], vector, { optional: 1 }),
  ...define('sort_by_label sort_by_label_desc', [vector, string], vector, { repeated: true }),
])
