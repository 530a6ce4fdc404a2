/** The JSON API: /api/v1/metrics and /api/v1/status as the original has them. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Handler } from '../shared/web/routes.ts'
import { answerEmpty } from './answer.ts'
import { groupJson } from './group-json.ts'
import type { Groups } from './groups.ts'

export type BuildInformation = {
  readonly version: string
  /** By flag name, as text. */
  readonly flags: Readonly<Record<string, string>>
  readonly startTimeMs: number
}

/** Sent with every answer of the API, so that pages of other origins can read it. */
const apiHeaders = {
  'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Origin',
  'Access-Control-Allow-Methods': 'GET, POST, DELETE, OPTIONS',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Date',
  'Cache-Control': 'no-cache, no-store, must-revalidate',
}

/** OPTIONS below /api/v1/. */
export function answerApiOptions(_request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(apiHeaders)) response.setHeader(name, value)
  answerEmpty(response, 200)
}

export function answerJson(response: ServerResponse, data: unknown): void {
  const body = Buffer.from(JSON.stringify({ status: 'success', data }))
  response.writeHead(200, {
    ...apiHeaders,
    'Content-Type': 'application/json',
    'Content-Length': body.length,
  })
  response.end(body)
}

export function statusHandler({ version, flags, startTimeMs }: BuildInformation): Handler {
  return (_request, response) => {
    answerJson(response, {
      build_information: {
        branch: '',
        buildDate: '',
        buildUser: '',
        goVersion: `Node.js ${process.version}`,
        revision: '',
        version,
      },
      flags: Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1))),
      start_time: new Date(startTimeMs).toISOString(),
    })
  }
}

/** All groups with all series: large, so it is made while the client reads. */
export async function answerMetrics(groups: Groups, response: ServerResponse): Promise<void> {
  response.writeHead(200, { ...apiHeaders, 'Content-Type': 'application/json' })
  await pipeline(Readable.from(metricsText(groups), { objectMode: false }), response)
}

const pieceCharacters = 64 * 1024

function* metricsText(groups: Groups): Generator<string> {
  let text = '{"status":"success","data":['
  let separator = ''
  for (const group of [...groups.all()]) {
    text += separator + JSON.stringify(groupJson(group))
    separator = ','
    if (text.length < pieceCharacters) continue
    yield text
    text = ''
  }
  yield `${text}]}`
}
