/** Writes query results as the API's JSON, straight to text: a large matrix makes no objects on the way. */
import type { Labels } from '../labels.ts'
import type { QueryResult } from '../promql/engine.ts'

/** `{"resultType":…,"result":…}`, the type first as Grafana's stream reader needs; cut at `limit` series. */
export function writeResult(
  result: QueryResult,
  limit: number,
): { json: string; truncated: boolean } {
  const [items, total] = writeItems(result, limit)
  return {
    json: `{"resultType":"${result.type}","result":${items}}`,
    truncated: total > limit,
  }
}

function writeItems(result: QueryResult, limit: number): [json: string, total: number] {
  switch (result.type) {
    case 'scalar':
      return [writePoint(result.timestampMs, result.value), 1]
    case 'string':
      return [`[${writeTime(result.timestampMs)},${JSON.stringify(result.value)}]`, 1]
    case 'vector': {
      const items = result.samples
        .slice(0, limit)
        .map(
          ({ labels, timestampMs, value }) =>
            `{"metric":${writeLabels(labels)},"value":${writePoint(timestampMs, value)}}`,
        )
      return [`[${items.join(',')}]`, result.samples.length]
    }
    case 'matrix': {
      const items = result.series
        .slice(0, limit)
        .map(
          ({ labels, timestampsMs, values }) =>
            `{"metric":${writeLabels(labels)},"values":${writePoints(timestampsMs, values)}}`,
        )
      return [`[${items.join(',')}]`, result.series.length]
    }
  }
}

function writeLabels(labels: Labels): string {
  let json = ''
  for (const { name, value } of labels) {
    json += `${json === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  return `{${json}}`
}

function writePoints(timestampsMs: ArrayLike<number>, values: ArrayLike<number>): string {
  let json = ''
  for (let i = 0; i < values.length; i++) {
    const separator = i === 0 ? '' : ','
    json += separator + writePoint(timestampsMs[i] ?? Number.NaN, values[i] ?? Number.NaN)
  }
  return `[${json}]`
}

function writePoint(timestampMs: number, value: number): string {
  return `[${writeTime(timestampMs)},"${writeSampleValue(value)}"]`
}

/** Seconds, whole or with exactly three decimals, as Prometheus' JSON codec writes them. */
function writeTime(timestampMs: number): string {
  const milliseconds = Math.abs(timestampMs % 1000)
  const sign = timestampMs < 0 && timestampMs > -1000 ? '-' : ''
  const seconds = `${sign}${Math.trunc(timestampMs / 1000)}`
  return milliseconds === 0 ? seconds : `${seconds}.${String(milliseconds).padStart(3, '0')}`
}

/**
 * Go's 'f' format, with an exponent below 1e-6 and from 1e21 on. JavaScript switches at the same
 * points; only the exponent's second digit, the plus of +Inf and the sign of -0 differ.
 */
export function writeSampleValue(value: number): string {
  if (Number.isFinite(value)) {
    if (value === 0) return Object.is(value, -0) ? '-0' : '0'
    return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
  }
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
