/**
 * The page of the Pushgateway. Everything that was pushed goes into the document as text, never as
 * markup. Groups come a part at a time, and their series when a group is opened, so thousands are fine.
 */

import { counted, deleteAll, deleteMatching } from './deletions.js'
import { ask, byId } from './dom.js'
import { groupCard } from './group-card.js'
import { listenToPushForm } from './push-form.js'
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
  const { search, ...part } = view
  const by = isSelector(search) ? 'match[]' : 'search'
  const query = new URLSearchParams({ ...part, [by]: search, limit: String(pageSize) })
  const data = await ask(`./api/v1/groups?${query}`, 'GET', (reason) => {
    if (load === latestLoad) showUnfinished(reason)
  })
  if (data === undefined || load !== latestLoad) return
  if (data.groups.length === 0 && view.offset > 0 && data.total > 0) {
    // The last group of the last page was deleted.
    view.offset = Math.floor((data.total - 1) / pageSize) * pageSize
    await loadGroups()
    return
  }
  showCount(data.total)
  byId('list').replaceChildren(...data.groups.map((group) => groupCard(group, loadGroups)))
  // Groups are deleted by their labels, so not by words nor with a metric name.
  byId('delete-matching').disabled = !/^\s*\{/.test(search) || data.total === 0
  const last = view.offset + data.groups.length
  byId('pager').hidden = data.total <= pageSize
  byId('range').textContent = `${view.offset + 1}–${last} of ${data.total}`
  byId('previous').disabled = view.offset === 0
  byId('next').disabled = last >= data.total
}

/** `{job="a"}`, also with a metric name before it; all else are words. */
function isSelector(search) {
  return /^\s*([a-zA-Z_:][\w:]*)?\s*\{/.test(search)
}

/** A selector that somebody still types is no failure: what it lacks stands below it. */
function showUnfinished(reason) {
  byId('search').setAttribute('aria-invalid', 'true')
  byId('count').textContent = reason.replace(/^match\[\] .*(?=column)/s, '')
  byId('delete-matching').disabled = true
}

function showCount(total) {
  byId('search').removeAttribute('aria-invalid')
  const groups = counted(total, 'group')
  const nothing = 'Nothing was pushed yet. Try: echo "x 1" | curl --data-binary @- '
  if (view.search !== '')
    byId('count').textContent = `${groups} ${total === 1 ? 'matches' : 'match'}`
  else if (total > 0) byId('count').textContent = groups
  else byId('count').textContent = `${nothing}${new URL('./metrics/job/example', location.href)}`
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
  byId('wipe').addEventListener('click', async () => {
    if (await deleteAll()) await loadGroups()
  })
  byId('delete-matching').addEventListener('click', async () => {
    if (await deleteMatching(view.search)) await loadGroups()
  })
  listenToPushForm(loadGroups)
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target.closest('input, textarea, dialog')) return
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
