/** The form that pushes: it shows the same push as a command for a shell, and what the gateway answers. */

import { byId, request } from './dom.js'

/** `onPushed` is called after a push that was stored. */
export function listenToPushForm(onPushed) {
  const dialog = byId('push-dialog')
  const form = byId('push-form')
  byId('push').addEventListener('click', () => {
    showCommand()
    dialog.showModal()
  })
  byId('push-close').addEventListener('click', () => dialog.close())
  form.addEventListener('input', () => {
    showAnswer('')
    showCommand()
  })
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (await push()) await onPushed()
  })
}

async function push() {
  const { method, path, body, problem } = readForm()
  if (problem !== undefined) {
    showAnswer(problem, true)
    return false
  }
  try {
    const { ok, status, text } = await request(path, method, body)
    showAnswer(ok ? `${status}: stored.` : `${status}: ${text.trim()}`, !ok)
    return ok
  } catch (error) {
    showAnswer(`The gateway could not be reached: ${error.message}`, true)
    return false
  }
}

function readForm() {
  const method = byId('push-form').elements.method.value
  const job = byId('push-job').value
  const lines = byId('push-labels')
    .value.split('\n')
    .filter((line) => line.trim() !== '')
  const wrong = lines.find((line) => !/^\s*[^=\s]+\s*=/.test(line))
  if (job === '') return { problem: 'A push needs a job.' }
  if (wrong !== undefined) return { problem: `Write labels as name=value, not ${wrong}` }
  const labels = lines.map((line) => [
    line.slice(0, line.indexOf('=')).trim(),
    line.slice(line.indexOf('=') + 1).trim(),
  ])
  const path = `./metrics/${[['job', job], ...labels].map(pathPart).join('/')}`
  // The format wants a line feed behind the last line, too.
  const body = byId('push-body').value.replace(/(?<=[^\n])$/, '\n')
  return { method, path, body }
}

/** What cannot be a part of a path is written in base64. */
function pathPart([name, value]) {
  const encodedName = encodeURIComponent(name)
  if (value !== '' && !value.includes('/') && !/^\.\.?$/.test(value)) {
    return `${encodedName}/${encodeURIComponent(value).replaceAll("'", '%27')}`
  }
  const bytes = String.fromCharCode(...new TextEncoder().encode(value))
  const base64 = btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `${encodedName}@base64/${base64 || '='}`
}

function showCommand() {
  const { method, path, body, problem } = readForm()
  byId('push-command').textContent = problem ?? command(method, new URL(path, location.href), body)
}

/** In quotes the shell leaves all of it alone, but for the word that ends the text. */
function command(method, url, body) {
  const lines = body.split('\n')
  let end = 'END'
  while (lines.includes(end)) end += '_'
  return `curl -X ${method} --data-binary @- '${url}' <<'${end}'\n${body}${end}`
}

function showAnswer(text, isProblem = false) {
  byId('push-answer').textContent = text
  byId('push-answer').className = isProblem ? 'refusal' : ''
}
