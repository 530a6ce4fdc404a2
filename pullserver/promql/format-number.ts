/** Sample values as the API and count_values write them. */

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

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
