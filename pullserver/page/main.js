/** Shows the page that the path names: query, targets or status. */
import { showQuery } from './query.js'
import { showStatus } from './status.js'
import { showTargets } from './targets.js'

const pages = { query: showQuery, targets: showTargets, status: showStatus }

const name = location.pathname.split('/').at(-1) || 'query'
for (const link of document.querySelectorAll('nav a')) {
  if (link.getAttribute('href') === name) link.setAttribute('aria-current', 'page')
}
document.title = `${name[0].toUpperCase()}${name.slice(1)} · Narthex pull server`
const show = pages[name] ?? showQuery
show(document.getElementById('main'))
