/**
 * Sample values as text: what Go's strconv writes for 'g' with shortest digits, and what it reads.
 *
 * JavaScript finds the same shortest digits but lays them out differently: Go goes over to an
 * exponent below 1e-4 and from 1e6 on, and gives the exponent at least two digits.
 */

/** The value as the text format 0.0.4 writes it: 1e+06, 1e-05, NaN, +Inf. Both zeros are `0`. */
export function formatValue(value: number): string {
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value)
  if (value === 0) return '0'
  if (magnitude === Number.POSITIVE_INFINITY) return value > 0 ? '+Inf' : '-Inf'
  if (Number.isNaN(value)) return 'NaN'
  const text = value.toExponential()
  // 'e+6' becomes 'e+06'; three-digit exponents stay.
  return text.at(-2) === '+' || text.at(-2) === '-'
    ? `${text.slice(0, -1)}0${text.slice(-1)}`
    : text
}

/** The value as OpenMetrics writes a float: as formatValue() does, with `.0` behind an integer. */
export function formatFloat(value: number): string {
  return needsPoint(value) ? `${formatValue(value)}.0` : formatValue(value)
}

/**
 * What Go's ParseFloat makes of a value, with the exposition formats' own rule that neither hex nor
 * underscores are numbers. Undefined when it is not a number or does not fit a double (1e400).
 */
export function parseValue(text: string): number | undefined {
  if (decimal.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY
    default:
      return undefined
  }
}

/** Written so that it never goes back over digits: a value can be as long as its page. */
const decimal = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** Whether OpenMetrics adds `.0`: from 1e6 on there is an exponent, and no integer below has one. */
export function needsPoint(value: number): boolean {
  return Number.isInteger(value) && value > -1e6 && value < 1e6
}
