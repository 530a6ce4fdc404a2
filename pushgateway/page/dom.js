/** Making elements, asking the gateway, asking the user. */

export const byId = (id) => document.getElementById(id)

/** An element with properties and children; strings become text. */
export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

/** Throws only when the gateway cannot be reached. */
export async function request(path, method = 'GET', body = undefined) {
  const response = await fetch(path, { method, body })
  const text = await response.text()
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json')
  return { ok: response.ok, status: response.status, text, data: isJson && JSON.parse(text).data }
}

/**
 * The data of an answer (true when it has none), or undefined, and then the page says why; of a 400
 * `onRefused` says it, where there is one.
 */
export async function ask(path, method = 'GET', onRefused = undefined) {
  try {
    const { ok, status, text, data } = await request(path, method)
    if (status === 400 && onRefused !== undefined) {
      onRefused(text.trim())
      return undefined
    }
    if (!ok) throw new Error(`${status} ${text.trim()}`)
    byId('problem').hidden = true
    return data || true
  } catch (error) {
    byId('problem').textContent = `The gateway did not answer as expected: ${error.message}`
    byId('problem').hidden = false
    return undefined
  }
}

/** Asks before something is deleted. */
export function confirmed(question, consequence) {
  byId('question').textContent = question
  byId('consequence').textContent = consequence
  const dialog = byId('confirm')
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}
