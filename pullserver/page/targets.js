/** The Targets page: what is scraped, how the last scrape went, and why a target is down. */
import { ask } from './api.js'
import { element, seriesText } from './dom.js'
import { formatAgo } from './duration.js'

const refreshMs = 5000
const heads = ['State', 'Endpoint', 'Labels', 'Last scrape', 'Took']

export function showTargets(main) {
  const search = element('input', {
    type: 'search',
    placeholder: 'Filter by label, URL or error',
    'aria-label': 'Filter targets',
  })
  const onlyDown = element('input', { type: 'checkbox', id: 'only-down' })
  const summary = element('span', { class: 'faint', role: 'status' })
  const list = element('div')
  main.append(
    element('h1', {}, 'Targets'),
    element(
      'div',
      { class: 'row' },
      search,
      element('label', {}, onlyDown, ' only those that are not up'),
      summary,
    ),
    list,
  )

  let data
  const render = () => {
    if (data === undefined) return
    const shown = data.activeTargets.filter(
      (target) =>
        (!onlyDown.checked || target.health !== 'up') && matches(target, search.value.trim()),
    )
    const up = data.activeTargets.filter(({ health }) => health === 'up').length
    summary.textContent = `${up} of ${data.activeTargets.length} up`
    list.replaceChildren(...renderPools(shown, data.droppedTargetCounts))
  }
  search.addEventListener('input', render)
  onlyDown.addEventListener('change', render)

  const refresh = async () => {
    try {
      data = (await ask('targets')).data
      render()
    } catch (error) {
      list.replaceChildren(element('p', { class: 'notice bad' }, error.message))
    }
    setTimeout(refresh, refreshMs)
  }
  void refresh()
}

function matches(target, text) {
  if (text === '') return true
  const hay = `${target.scrapePool} ${target.scrapeUrl} ${seriesText(target.labels)} ${target.lastError}`
  return hay.toLowerCase().includes(text.toLowerCase())
}

function renderPools(targets, droppedCounts) {
  const pools = Map.groupBy(targets, ({ scrapePool }) => scrapePool)
  if (pools.size === 0) {
    return [element('p', { class: 'faint' }, 'No target matches.')]
  }
  return [...pools].map(([pool, members]) => {
    const up = members.filter(({ health }) => health === 'up').length
    const dropped = droppedCounts[pool] ?? 0
    return element(
      'section',
      {},
      element(
        'h2',
        {},
        `${pool} (${up}/${members.length} up)`,
        dropped > 0
          ? element('span', { class: 'faint' }, ` · ${dropped} dropped by relabelling`)
          : '',
      ),
      element('div', { class: 'scroll' }, renderTable(members)),
    )
  })
}

function renderTable(targets) {
  return element(
    'table',
    { class: 'targets' },
    element(
      'thead',
      {},
      element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))),
    ),
    element('tbody', {}, ...targets.map(renderTarget)),
  )
}

function renderTarget(target) {
  const labels = Object.entries(target.labels).map(([name, value]) =>
    element('span', { class: 'label' }, `${name}="${value}"`),
  )
  const reason =
    target.lastError === ''
      ? undefined
      : element('p', { class: 'notice bad why' }, element('strong', {}, 'Why: '), target.lastError)
  return element(
    'tr',
    { 'data-health': target.health },
    element('td', {}, element('span', { class: `badge ${target.health}` }, target.health)),
    element(
      'td',
      { class: 'series' },
      element('a', { href: target.globalUrl }, target.scrapeUrl),
      reason,
    ),
    element('td', {}, ...labels),
    element('td', { class: 'number', 'data-head': heads[3] }, formatAgo(target.lastScrape)),
    element(
      'td',
      { class: 'number', 'data-head': heads[4] },
      `${(target.lastScrapeDuration * 1000).toFixed(1)} ms`,
    ),
  )
}
