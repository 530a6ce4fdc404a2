/** Asks this server's own HTTP API; an answer that is not a success becomes an error that says why. */

export async function ask(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(parameters)
  const url = `api/v1/${path}${query.size > 0 ? `?${query}` : ''}`
  let response
  try {
    response = await fetch(url, { signal })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Error('the server does not answer; is it still running?', { cause: error })
  }
  const text = await response.text()
  const body = parseBody(text)
  if (body?.status === 'success') return body
  throw new Error(body?.error ?? `HTTP ${response.status}: ${text.slice(0, 200)}`)
}

function parseBody(text) {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: a proxy's error page, say. The caller shows its first characters.
    return undefined
  }
}
