/** A group in the list: its labels, how its pushes went, and, opened, its series. */

import { deleteGroup } from './deletions.js'
import { ask, element } from './dom.js'
import { familyTable, labelBadges } from './series.js'

/** `onDeleted` is called when the group was deleted from here. */
export function groupCard(group, onDeleted) {
  const labels = element('span', { className: 'labels' }, ...labelBadges(group.labels))
  const facts = element('span', { className: 'facts' }, ...groupFacts(group))
  const inside = element('div', { className: 'inside' }, 'Loading …')
  const card = element(
    'details',
    { className: 'group' },
    element('summary', {}, labels, facts),
    inside,
  )
  card.addEventListener('toggle', async () => {
    if (card.open) await loadSeries(group, inside, onDeleted)
  })
  return card
}

function groupFacts(group) {
  const facts = []
  if (hasFailed(group)) {
    const when = `Refused ${new Date(group.failed_ms).toLocaleString()}`
    const title = group.last_error || when
    facts.push(element('span', { className: 'failed', title }, 'Last push failed'), ' ')
  }
  facts.push(`${group.series_count} series, `)
  facts.push(group.pushed_ms > 0 ? timeFromNow(group.pushed_ms) : 'never stored')
  if (group.expires_ms) facts.push(', expires ', timeFromNow(group.expires_ms))
  return facts
}

/** A push that could not be read leaves no failure time, only its error. */
function hasFailed(group) {
  return !group.last_push_successful || Boolean(group.last_error)
}

function timeFromNow(ms) {
  const date = new Date(ms)
  const seconds = (ms - Date.now()) / 1000
  const [unit, size] = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ].find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  const text = words.format(Math.round(seconds / size), unit)
  return element('time', { dateTime: date.toISOString(), title: date.toLocaleString() }, text)
}

async function loadSeries(group, inside, onDeleted) {
  const data = await ask(`./api/v1/groups/${group.path}`)
  if (data === undefined) {
    inside.replaceChildren('This group could not be read; it may be gone. Refresh the list.')
    return
  }
  const remove = element('button', { type: 'button', className: 'danger' }, 'Delete group')
  remove.addEventListener('click', async () => {
    if (await deleteGroup(group)) await onDeleted()
  })
  const actions = element(
    'div',
    { className: 'actions' },
    element('span', {}, history(data)),
    remove,
  )
  inside.replaceChildren(actions)
  if (data.last_error) {
    inside.append(element('p', { className: 'refusal' }, data.last_error))
  }
  inside.append(...data.families.map((family) => familyTable(family, group.labels)))
}

/** When and from where it was pushed to, as far as the gateway tells. */
function history(group) {
  const time = (ms) => new Date(ms).toLocaleString()
  const told = [group.pushed_ms > 0 ? `Last push ${time(group.pushed_ms)}.` : 'No push was stored.']
  if (group.failed_ms > 0) told.push(`Last refused ${time(group.failed_ms)}.`)
  if (group.last_source) told.push(`From ${group.last_source}.`)
  if (group.last_push_bytes) told.push(`${group.last_push_bytes.toLocaleString('en')} bytes.`)
  if (group.expires_ms) told.push(`Expires ${time(group.expires_ms)}.`)
  return told.join(' ')
}
