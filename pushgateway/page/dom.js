/** Making elements, asking the gateway, asking the user. */

export const byId = (id) => document.getElementById(id)

/** An element with properties and children; strings become text. */
export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

/** The data of an answer, or undefined, and then the page says why. */
export async function ask(path, method = 'GET') {
  try {
    const response = await fetch(path, { method })
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status} ${text.trim()}`)
    byId('problem').hidden = true
    return method === 'GET' ? JSON.parse(text).data : true
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
