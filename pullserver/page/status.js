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
    else main.append(renderTable(part === 'tsdb' ? value.data.headStats : value.data))
  })
}

const titles = {
  buildinfo: 'Build',
  runtimeinfo: 'Run time',
  tsdb: 'Storage',
  flags: 'Flags',
  config: 'Configuration',
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
  return element('div', { class: 'scroll' }, element('table', {}, element('tbody', {}, ...rows)))
}
