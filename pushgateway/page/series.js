/** The series of a group, a table for each family. */

import { element } from './dom.js'

export function familyTable(family, groupLabels) {
  const { name, type, help, series, metrics, time_stamp: time } = family
  const about = `${type.toLowerCase().replace('_', ' ')}, pushed ${new Date(time).toLocaleString()}`
  const section = element('section', { className: 'family' })
  section.append(element('h3', {}, name, element('span', {}, about)))
  if (help !== undefined) section.append(element('p', {}, help))
  if (metrics.length < series) {
    section.append(element('p', {}, `The first ${metrics.length} of ${series} series:`))
  }
  const rows = metrics.flatMap((metric) => metricRows(metric, groupLabels))
  const head = element(
    'tr',
    {},
    element('th', {}, 'Labels'),
    element('th', { className: 'value' }, 'Value'),
  )
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows))
  section.append(element('div', { className: 'scroll' }, table))
  return section
}

/** A histogram or summary has a row for each of its numbers. */
function metricRows(metric, groupLabels) {
  const { labels, value, buckets, quantiles, count, sum } = metric
  const own = ownLabels(labels, groupLabels)
  if (value !== undefined) return [row(own, value)]
  // Native histograms come as a list, in order.
  if (Array.isArray(buckets)) {
    const points = buckets.map(([, lower, upper, number]) =>
      row(own, number, `${lower} to ${upper}`),
    )
    return [...points, row(own, sum, 'sum'), row(own, count, 'count')]
  }
  // JSON.parse puts keys that look like integers first.
  const bounds = Object.entries(buckets ?? quantiles).sort(([a], [b]) => bound(a) - bound(b))
  const points = bounds.map(([at, number]) => {
    return row(own, number, buckets ? `≤ ${at}` : `quantile ${at}`)
  })
  return [...points, row(own, sum, 'sum'), row(own, count, 'count')]
}

function bound(text) {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text)
}

/** Without those of the group, which stand above, and without the empty instance that all have. */
function ownLabels(labels, groupLabels) {
  const own = Object.entries(labels).filter(([name, value]) => {
    return !Object.hasOwn(groupLabels, name) && !(name === 'instance' && value === '')
  })
  return Object.fromEntries(own)
}

function row(labels, value, part) {
  const badges = labelBadges(labels)
  if (part !== undefined) badges.push(element('span', { className: 'label' }, part))
  if (badges.length === 0) badges.push(element('span', { className: 'none' }, 'none of its own'))
  const cell = element('td', {}, element('span', { className: 'labels' }, ...badges))
  return element('tr', {}, cell, element('td', { className: 'value', title: value }, plain(value)))
}

/** 1.7e+09 is 1700000000 to a reader; what is too large or too small for that stays. */
function plain(value) {
  return /e/i.test(value) && Number.isFinite(Number(value)) ? String(Number(value)) : value
}

/** The job comes first. */
export function labelBadges(labels) {
  const names = Object.keys(labels).sort((a, b) => Number(b === 'job') - Number(a === 'job'))
  return names.map((name) => {
    return element('span', { className: 'label' }, element('b', {}, name), `="${labels[name]}"`)
  })
}
