/** `/-/reload`, for those who allow it with --web.enable-lifecycle; methods and texts are Prometheus'. */

import { type Handler, plainText } from '../../shared/web/routes.ts'

/** `reload` gives the problems, none when the new settings are in force. */
export function reloadRoute(isEnabled: boolean, reload: () => readonly string[]): Handler {
  return (request, response) => {
    if (request.method !== 'POST' && request.method !== 'PUT') {
      response.setHeader('Allow', 'POST, PUT')
      return plainText(response, 405, 'Only POST or PUT requests allowed')
    }
    if (!isEnabled) return plainText(response, 403, 'Lifecycle API is not enabled.')
    const problems = reload()
    if (problems.length === 0) plainText(response, 200, '')
    else plainText(response, 500, `failed to reload config: ${problems.join('\n')}\n`)
  }
}
