/** Whether the gateway is well, and how it is told to end. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handler } from '../shared/web/routes.ts'

/** `/-/healthy` and `/-/ready`: OK, or 500 and what is wrong. */
export function conditionHandler(problem: () => string | undefined): Handler {
  return (_request, response) => {
    const found = problem()
    if (found === undefined) answerText(response, 200, 'OK')
    else answerText(response, 500, `${found}\n`)
  }
}

/** PUT or POST to `/-/quit`; without a way to stop it is not enabled. */
export function quitHandler(stop: (() => void) | undefined): Handler {
  return (_request, response) => {
    if (stop === undefined) return answerText(response, 403, 'Lifecycle API is not enabled.')
    response.once('finish', stop)
    answerText(response, 200, 'Requesting termination... Goodbye!')
  }
}

/** GET `/-/quit`, which people try in a browser. */
export function quitNotGet(_request: IncomingMessage, response: ServerResponse): void {
  answerText(response, 405, 'Only POST or PUT requests allowed.')
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}
