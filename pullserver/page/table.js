/** An instant answer as a table: a row a series, its value at the right. */
import { element, seriesText } from './dom.js'

const rowsMax = 2000

export function renderTable({ resultType, result }) {
  if (resultType === 'scalar' || resultType === 'string') {
    return wrap([row(resultType, result[1])])
  }
  if (result.length === 0) {
    return element('p', { class: 'faint' }, 'No series. Is the name right, and the target up?')
  }
  const rows = result
    .slice(0, rowsMax)
    .map(({ metric, value, values }) =>
      row(
        seriesText(metric),
        value?.[1] ?? values.map(([time, v]) => `${v} @${clock(time)}`).join('\n'),
      ),
    )
  const more = result.length - rows.length
  return wrap(rows, more > 0 ? `${more} more series are not shown; narrow the query.` : undefined)
}

function row(name, value) {
  return element(
    'tr',
    {},
    element('td', { class: 'series mono' }, name),
    element('td', { class: 'number mono', style: undefined }, ...lines(value)),
  )
}

/** Local time of day with milliseconds, and the date where it is not today's. */
function clock(seconds) {
  const [day, time] = new Date(seconds * 1000).toLocaleString('sv').split(' ')
  const today = new Date().toLocaleDateString('sv')
  const fraction = String(Math.round((seconds % 1) * 1000)).padStart(3, '0')
  return `${day === today ? '' : `${day} `}${time}.${fraction}`
}

function lines(value) {
  return value.split('\n').map((line) => element('div', {}, line))
}

function wrap(rows, note) {
  return element(
    'div',
    { class: 'scroll' },
    element('table', {}, element('tbody', {}, ...rows)),
    note === undefined ? undefined : element('p', { class: 'faint' }, note),
  )
}
