/** Express apps for pages and rare routes, without what Express says and does beyond the originals. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { Log } from '../log.ts'
import { type Handler, notFound, plainText } from './routes.ts'

export type App = Express
export type AppRequest = Request
export type AppResponse = Response

/**
 * An Express app as a plain handler. Paths are exact and case-sensitive, unknown ones get Go's 404. An
 * error that carries a 4xx status is told to the client; any other is a 500 and a line in the log.
 */
export function createApp(setup: (app: App) => void, log: Log): Handler {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('strict routing')
  app.enable('case sensitive routing')
  setup(app)
  app.use((_request, response) => notFound(response))
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const status = clientErrorStatus(error)
    if (status === undefined) {
      const stack = error instanceof Error ? error.stack : undefined
      log.error('A request failed', { url: request.originalUrl, err: error, stack })
    }
    // Too late for another status: cut the answer, so that nobody takes the half for the whole.
    if (response.headersSent) return void response.destroy()
    const reason = status === undefined ? 'Internal Server Error' : messageOf(error)
    plainText(response, status ?? 500, `${reason}\n`)
  })
  return app
}

/** The 400..499 that body readers and URL decoding put on their errors. */
function clientErrorStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined
  const { status } = error
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
