/** The status view: when the gateway was started, from what, and with which flags. */

import { ask, byId, element } from './dom.js'

export async function loadStatus() {
  const data = await ask('./api/v1/status')
  if (data === undefined) return
  const known = Object.entries(data.build_information).filter(([, value]) => value !== '')
  const build = Object.fromEntries(known)
  const started = { Started: new Date(data.start_time).toLocaleString() }
  byId('status').replaceChildren(
    element('h2', {}, 'Runtime'),
    pairs({ ...started, ...build }),
    element('h2', {}, 'Flags'),
    pairs(data.flags),
  )
}

function pairs(values) {
  const rows = Object.entries(values).map(([name, value]) => {
    return element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value))
  })
  return element('table', {}, element('tbody', {}, ...rows))
}
