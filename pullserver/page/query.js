/** The Query page: a query box, its answer as a table or a graph, all of it kept in the address. */
import { ask } from './api.js'
import { attachCompletion } from './complete.js'
import { element } from './dom.js'
import { formatDuration, parseDuration } from './duration.js'
import { renderGraph } from './graph.js'
import { renderTable } from './table.js'

const ranges = ['5m', '15m', '1h', '3h', '6h', '12h', '1d', '3d', '1w', '2w']
const refreshes = { 'no refresh': 0, 'every 5s': 5, 'every 15s': 15, 'every 1m': 60 }
/** About one point for every four pixels of a wide graph; Prometheus' UI takes 250 too. */
const pointsPerGraph = 250

export function showQuery(main) {
  const page = build(main)
  const state = readState()
  page.editor.value = state.expr
  page.range.value = state.range
  let running
  let timer

  const run = async () => {
    clearTimeout(timer)
    running?.abort()
    running = new AbortController()
    writeState(page.editor.value, state)
    if (page.editor.value.trim() === '') {
      page.result.replaceChildren(element('p', { class: 'faint' }, 'Type a query, for example: up'))
      return
    }
    await evaluate(page, state, running.signal)
    const seconds = refreshes[page.refresh.value]
    if (seconds > 0) timer = setTimeout(run, seconds * 1000)
  }
  const choose = (tab) => {
    state.tab = tab
    for (const button of page.tabs) button.setAttribute('aria-selected', button.value === tab)
    page.rangeControls.hidden = tab !== 'graph'
  }
  const setRange = (text) => {
    if (parseDuration(text) === undefined) {
      page.range.setCustomValidity('a duration such as 30m, 1h30m or 2d')
      page.range.reportValidity()
      return
    }
    page.range.setCustomValidity('')
    page.range.value = text
    state.range = text
    void run()
  }
  for (const button of page.tabs) {
    button.addEventListener('click', () => {
      choose(button.value)
      void run()
    })
  }
  page.form.addEventListener('submit', (event) => {
    event.preventDefault()
    void run()
  })
  page.range.addEventListener('change', () => setRange(page.range.value.trim()))
  page.shorter.addEventListener('click', () => setRange(step(state.range, -1)))
  page.longer.addEventListener('click', () => setRange(step(state.range, 1)))
  page.refresh.addEventListener('change', run)
  addEventListener('popstate', () => location.reload())
  attachCompletion(page.editor, run)
  choose(state.tab)
  page.editor.focus()
  void run()
}

function build(main) {
  const editor = element('textarea', {
    rows: 1,
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': 'PromQL query',
    placeholder: 'rate(node_cpu_seconds_total{mode!="idle"}[1m])',
  })
  const form = element(
    'form',
    { class: 'query-form' },
    element('div', { class: 'editor' }, editor),
    element('button', { class: 'primary', type: 'submit' }, 'Run'),
  )
  const tabs = ['table', 'graph'].map((name) =>
    element(
      'button',
      { type: 'button', role: 'tab', value: name },
      name === 'table' ? 'Table' : 'Graph',
    ),
  )
  const range = element('input', { size: 6, 'aria-label': 'Range' })
  const shorter = element('button', { type: 'button', 'aria-label': 'Shorter range' }, '−')
  const longer = element('button', { type: 'button', 'aria-label': 'Longer range' }, '+')
  const rangeControls = element('span', { class: 'row' }, shorter, range, longer)
  const refresh = element(
    'select',
    { 'aria-label': 'Refresh' },
    ...Object.keys(refreshes).map((name) => element('option', { value: name }, name)),
  )
  const took = element('span', { class: 'faint push', role: 'status' })
  const result = element('div', { id: 'result' })
  main.append(
    form,
    element(
      'div',
      { class: 'row' },
      element('span', { role: 'tablist', class: 'row' }, ...tabs),
      rangeControls,
      refresh,
      took,
    ),
    result,
  )
  return { editor, form, tabs, range, shorter, longer, rangeControls, refresh, took, result }
}

async function evaluate(page, state, signal) {
  const query = page.editor.value
  const startedMs = performance.now()
  try {
    const body = await (state.tab === 'graph'
      ? askRange(query, state, signal)
      : askInstant(query, signal))
    const notes = [...(body.warnings ?? []), ...(body.infos ?? [])].map((note) =>
      element('p', { class: 'notice' }, note),
    )
    const { result } = body.data
    const count = Array.isArray(result) ? result.length : 1
    page.took.textContent = `${count} series, ${Math.round(performance.now() - startedMs)} ms`
    const shown = state.tab === 'graph' ? renderGraph(result, body.bounds) : renderTable(body.data)
    page.result.replaceChildren(...notes, shown)
    shown.dispatchEvent(new Event('shown'))
  } catch (error) {
    if (error.name === 'AbortError') return
    page.took.textContent = ''
    page.result.replaceChildren(renderError(error.message, query))
  }
}

function askInstant(query, signal) {
  return ask('query', { query }, signal)
}

async function askRange(query, state, signal) {
  const seconds = parseDuration(state.range)
  const step = Math.max(1, Math.ceil(seconds / pointsPerGraph))
  const end = Math.floor(Date.now() / 1000)
  const bounds = { start: end - seconds, end, step }
  const body = await ask('query_range', { query, ...bounds }, signal)
  return { ...body, bounds }
}

/** The error, and below it the query with a mark where the parser stopped, when the error says where. */
function renderError(message, query) {
  const notice = element('div', { class: 'notice bad', role: 'alert' }, message)
  const at = /(?:^|[: ])(\d+):(\d+): parse error/.exec(message)
  if (at !== null) {
    const line = query.split('\n')[Number(at[1]) - 1] ?? ''
    const mark = `${' '.repeat(Math.max(0, Number(at[2]) - 1))}^`
    notice.append(element('pre', {}, `${line}\n${mark}`))
  }
  return notice
}

function step(range, direction) {
  const seconds = parseDuration(range)
  const sorted = ranges.map(parseDuration)
  const next = direction > 0 ? sorted.find((s) => s > seconds) : sorted.findLast((s) => s < seconds)
  return next === undefined ? range : formatDuration(next)
}

/** The address speaks Prometheus' names, so that links into its UI work here; `g0.tab=0` is its old graph. */
function readState() {
  const parameters = new URLSearchParams(location.search)
  const tab = parameters.get('g0.tab')
  const range = parameters.get('g0.range_input') ?? '1h'
  return {
    expr: parameters.get('g0.expr') ?? '',
    tab: tab === 'graph' || tab === '0' ? 'graph' : 'table',
    range: parseDuration(range) === undefined ? '1h' : range,
  }
}

function writeState(expr, { tab, range }) {
  const parameters = new URLSearchParams({
    'g0.expr': expr,
    'g0.tab': tab,
    'g0.range_input': range,
  })
  const url = `query?${parameters}`
  if (`?${parameters}` === location.search) return
  history.replaceState(null, '', url)
}
