/**
 * The page of the Pushgateway. Everything that was pushed goes into the document as text, never as
 * markup. Groups come a part at a time, and their series when a group is opened, so thousands are fine.
 */

import { ask, byId, confirmed, element } from './dom.js'
import { familyTable, labelBadges } from './series.js'
import { loadStatus } from './status.js'

const pageSize = 50

/** What the list shows; the address bar has the same, so that it can be shared. */
const view = readView()

function readView() {
  const query = new URLSearchParams(location.search)
  return {
    search: query.get('search') ?? '',
    sort: query.get('sort') ?? 'labels',
    offset: Number.parseInt(query.get('offset') ?? '', 10) || 0,
  }
}

function writeView() {
  const query = new URLSearchParams()
  if (view.search !== '') query.set('search', view.search)
  if (view.sort !== 'labels') query.set('sort', view.sort)
  if (view.offset > 0) query.set('offset', String(view.offset))
  const text = query.toString()
  history.replaceState(null, '', text === '' ? location.pathname : `?${text}`)
}

/** Answers may come out of order while somebody types; only the latest counts. */
let latestLoad = 0

async function loadGroups() {
  latestLoad += 1
  const load = latestLoad
  writeView()
  const query = new URLSearchParams({ ...view, limit: String(pageSize) })
  const data = await ask(`./api/v1/groups?${query}`)
  if (data === undefined || load !== latestLoad) return
  if (data.groups.length === 0 && view.offset > 0 && data.total > 0) {
    // The last group of the last page was deleted.
    view.offset = Math.floor((data.total - 1) / pageSize) * pageSize
    await loadGroups()
    return
  }
  showCount(data.total)
  byId('list').replaceChildren(...data.groups.map(groupCard))
  const last = view.offset + data.groups.length
  byId('pager').hidden = data.total <= pageSize
  byId('range').textContent = `${view.offset + 1}–${last} of ${data.total}`
  byId('previous').disabled = view.offset === 0
  byId('next').disabled = last >= data.total
}

function showCount(total) {
  const groups = `${total.toLocaleString('en')} ${total === 1 ? 'group' : 'groups'}`
  const nothing = 'Nothing was pushed yet. Try: echo "x 1" | curl --data-binary @- '
  if (view.search !== '')
    byId('count').textContent = `${groups} ${total === 1 ? 'matches' : 'match'}`
  else if (total > 0) byId('count').textContent = groups
  else byId('count').textContent = `${nothing}${new URL('./metrics/job/example', location.href)}`
}

function groupCard(group) {
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
    if (card.open) await loadSeries(group, inside)
  })
  return card
}

function groupFacts(group) {
  const facts = []
  if (!group.last_push_successful) {
    const title = `Refused ${new Date(group.failed_ms).toLocaleString()}`
    facts.push(element('span', { className: 'failed', title }, 'Last push failed'), ' ')
  }
  facts.push(`${group.series_count} series, `)
  facts.push(group.pushed_ms > 0 ? timeAgo(group.pushed_ms) : 'never stored')
  return facts
}

function timeAgo(ms) {
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

async function loadSeries(group, inside) {
  const data = await ask(`./api/v1/groups/${group.path}`)
  if (data === undefined) {
    inside.replaceChildren('This group could not be read; it may be gone. Refresh the list.')
    return
  }
  const remove = element('button', { type: 'button', className: 'danger' }, 'Delete group')
  remove.addEventListener('click', () => deleteGroup(group))
  const times = element('span', {}, pushTimes(data))
  const actions = element('div', { className: 'actions' }, times, remove)
  inside.replaceChildren(
    actions,
    ...data.families.map((family) => familyTable(family, group.labels)),
  )
}

function pushTimes({ pushed_ms: pushedMs, failed_ms: failedMs }) {
  const pushed =
    pushedMs > 0 ? `Last push ${new Date(pushedMs).toLocaleString()}.` : 'No push was stored.'
  return failedMs > 0 ? `${pushed} Last refused ${new Date(failedMs).toLocaleString()}.` : pushed
}

async function deleteGroup(group) {
  const names = Object.entries(group.labels).map(([name, value]) => `${name}="${value}"`)
  const consequence = `Its ${group.series_count} series will be gone at once. A new push makes the group anew.`
  if (!(await confirmed(`Delete the group ${names.join(', ')}?`, consequence))) return
  if (await ask(`./metrics/${group.path}`, 'DELETE')) await loadGroups()
}

async function wipe() {
  const data = await ask('./api/v1/groups?limit=0')
  if (data === undefined) return
  const question = `Delete all ${data.total.toLocaleString('en')} groups?`
  if (!(await confirmed(question, 'Everything that was pushed will be gone at once.'))) return
  if (await ask('./api/v1/admin/wipe', 'PUT')) await loadGroups()
}

async function onTyping() {
  view.search = byId('search').value
  view.offset = 0
  await loadGroups()
}

async function turnPage(by) {
  view.offset = Math.max(0, view.offset + by * pageSize)
  await loadGroups()
  scrollTo(0, 0)
}

function listenToGroups() {
  byId('search').value = view.search
  byId('sort').value = view.sort
  byId('search').addEventListener('input', onTyping)
  byId('sort').addEventListener('change', async () => {
    Object.assign(view, { sort: byId('sort').value, offset: 0 })
    await loadGroups()
  })
  byId('refresh').addEventListener('click', loadGroups)
  byId('previous').addEventListener('click', () => turnPage(-1))
  byId('next').addEventListener('click', () => turnPage(1))
  byId('wipe').addEventListener('click', wipe)
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    byId('search').focus()
  })
}

async function start() {
  const isStatus = location.pathname.endsWith('/status')
  const shown = isStatus ? 'status' : 'groups'
  byId(shown).hidden = false
  byId(`to-${shown}`).setAttribute('aria-current', 'page')
  if (isStatus) {
    await loadStatus()
    return
  }
  listenToGroups()
  await loadGroups()
  const status = await ask('./api/v1/status')
  if (status === undefined) return
  byId('to-metrics').href = `.${status.flags['web.telemetry-path']}`
  byId('wipe').hidden = status.flags['web.enable-admin-api'] !== 'true'
}

await start()
