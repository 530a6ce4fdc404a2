/** The Status page: what runs, since when, with which flags and configuration. */
import { ask } from './api.js'
import { element } from './dom.js'

export async function showStatus(main) {
  main.append(element('h1', {}, 'Status'))
  const parts = ['buildinfo', 'runtimeinfo', 'tsdb', 'flags', 'config']
  const answers = await Promise.allSettled(parts.map((part) => ask(`status/${part}`)))
  parts.forEach((part, i) => {
    const { status, value, reason } = answers[i]
    main.append(element('h2', {}, titles[part]))
    if (status === 'rejected') main.append(element('p', { class: 'notice bad' }, reason.message))
    else if (part === 'config') main.append(element('pre', { class: 'yaml' }, value.data.yaml))
    else main.append(renderTable(facts[part](value.data)))
  })
}

const titles = {
  buildinfo: 'Build',
  runtimeinfo: 'Run time',
  tsdb: 'Storage',
  flags: 'Flags',
  config: 'Configuration',
}

/** What each answer of the API says, in words. */
const facts = {
  buildinfo: (data) => ({
    'Narthex pull server': data.applicationVersion,
    'Speaks the HTTP API of Prometheus': data.version,
    'Node.js': data.nodeVersion,
  }),
  runtimeinfo: (data) => ({
    Started: localTime(data.startTime),
    'Configuration read': localTime(data.lastConfigTime),
    'Last reload succeeded': data.reloadConfigSuccess ? 'yes' : 'no, the log says why',
    'Working directory': data.CWD,
    Host: data.hostname,
    'Samples are kept for': data.storageRetention,
  }),
  tsdb: ({ headStats }) => ({
    'Series in memory': headStats.numSeries,
    'Chunks written since the start': headStats.chunkCount,
    'Oldest sample in memory': localTime(headStats.minTime),
    'Newest sample in memory': localTime(headStats.maxTime),
  }),
  flags: (data) => data,
}

function localTime(time) {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) || date.getTime() === 0 ? '' : date.toLocaleString('sv')
}

function renderTable(values) {
  const rows = Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, name),
        element('td', { class: 'series mono' }, String(value)),
      ),
    )
  return element(
    'div',
    { class: 'scroll' },
    element('table', { class: 'facts' }, element('tbody', {}, ...rows)),
  )
}
