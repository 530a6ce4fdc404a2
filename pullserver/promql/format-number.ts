/** Numbers as the API, count_values and the annotations write them. */

/** Go's 'f' with the least digits: never an exponent. The API writes sample values like this. */
export function formatSampleValue(value: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value)
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const text = String(value)
  const exponentAt = text.indexOf('e')
  if (exponentAt < 0) return text
  const sign = value < 0 ? '-' : ''
  const [integer = '', fraction = ''] = text.slice(sign.length, exponentAt).split('.')
  const exponent = Number(text.slice(exponentAt + 1))
  const digits = integer + fraction
  const point = integer.length + exponent
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}

/** Go's %g: an exponent below 1e-4 and from 1e21. */
export function formatG(value: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value)
  const size = Math.abs(value)
  if (value === 0 || (size >= 1e-4 && size < 1e21)) return formatSampleValue(value)
  const [mantissa, exponent = ''] = value.toExponential().split('e')
  const digits = exponent.slice(1).padStart(2, '0')
  return `${mantissa}e${exponent.charAt(0)}${digits}`
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
