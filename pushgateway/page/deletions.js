/** Everything that deletes: one group, those that match, all. Each asks first, and says what will go. */

import { ask, confirmed } from './dom.js'

/** Whether it was deleted. */
export async function deleteGroup(group) {
  const consequence = `Its ${group.series_count} series will be gone at once. A new push makes the group anew.`
  if (!(await confirmed(`Delete the group ${labelsText(group)}?`, consequence))) return false
  return (await ask(`./metrics/${group.path}`, 'DELETE')) !== undefined
}

/** Asks the gateway first what the selector fits; whether they were deleted. */
export async function deleteMatching(selector) {
  const query = new URLSearchParams({ 'match[]': selector })
  const dry = await ask(`./api/v1/groups?${query}&dry_run=true`, 'DELETE')
  if (dry === undefined) return false
  const { count, series_count: series, groups } = dry
  const named = groups.slice(0, mostNamed).map((group) => `\n${labelsText(group)}`)
  const rest = count - named.length
  const more = rest > 0 ? `\nand ${number(rest)} more` : ''
  const consequence = `${selector} matches ${counted(count, 'group')} with ${number(series)} series, which will be gone at once:${named.join('')}${more}`
  if (!(await confirmed(`Delete ${counted(count, 'group')}?`, consequence))) return false
  return (await ask(`./api/v1/groups?${query}`, 'DELETE')) !== undefined
}

export async function deleteAll() {
  const data = await ask('./api/v1/groups?limit=0')
  if (data === undefined) return false
  const question = `Delete all ${number(data.total)} groups?`
  if (!(await confirmed(question, 'Everything that was pushed will be gone at once.'))) return false
  return (await ask('./api/v1/admin/wipe', 'PUT')) !== undefined
}

const mostNamed = 5

export function counted(count, what) {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`
}

function number(count) {
  return count.toLocaleString('en')
}

function labelsText({ labels }) {
  const { job, ...others } = labels
  return Object.entries({ job, ...others })
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')
}
