/** Reload and quit over HTTP, for those who allow it: /-/reload and /-/quit, as Prometheus has them. */
import type { App, AppResponse } from '../../shared/web/app.ts'
import { plainText } from '../../shared/web/routes.ts'

export type Lifecycle = {
  /** `--web.enable-lifecycle`. */
  readonly isEnabled: boolean
  /** Gives the problems of the configuration, none when the new one is in force. */
  readonly reload: () => readonly string[]
  readonly quit: () => void
}

export function mountLifecycle(app: App, { isEnabled, reload, quit }: Lifecycle): void {
  const actions: Readonly<Record<string, (response: AppResponse) => void>> = {
    '/-/reload': (response) => {
      const problems = reload()
      if (problems.length === 0) plainText(response, 200, '')
      else plainText(response, 500, `failed to reload config: ${problems.join('\n')}\n`)
    },
    '/-/quit': (response) => {
      response.once('finish', quit)
      plainText(response, 200, 'Requesting termination... Goodbye!')
    },
  }
  for (const [path, action] of Object.entries(actions)) {
    const run = (_: unknown, response: AppResponse): void => {
      if (isEnabled) action(response)
      else plainText(response, 403, 'Lifecycle API is not enabled.')
    }
    app
      .route(path)
      .put(run)
      .post(run)
      .all((_, response) => {
        response.setHeader('allow', 'POST, PUT')
        plainText(response, 405, 'Only POST or PUT requests allowed')
      })
  }
}
