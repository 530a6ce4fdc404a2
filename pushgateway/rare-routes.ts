/** The Express app below pushes and scrapes: API, page, health, and what Go's router repairs. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../shared/log.ts'
import { createApp } from '../shared/web/app.ts'
import { type Handler, notFound, splitTarget } from '../shared/web/routes.ts'
import { answerMethod, answerRedirect } from './answer.ts'
import {
  answerApiOptions,
  answerJson,
  answerMetrics,
  type BuildInformation,
  statusHandler,
} from './api.ts'
import { answerDeleteMatching } from './delete-matching.ts'
import type { ReadKey } from './grouping-key.ts'
import { answerList, groupSeries } from './groups-api.ts'
import { conditionHandler, quitHandler, quitNotGet } from './lifecycle.ts'
import type { OwnMetrics } from './own-metrics.ts'
import { PageFiles, staticFiles } from './page-files.ts'
import { decodePath } from './request-path.ts'
import type { Store } from './store.ts'
import { answerWipe } from './wipe.ts'

export type RareRouteOptions = {
  readonly store: Store
  readonly readKey: ReadKey
  readonly metrics: OwnMetrics
  readonly log: Log
  /** Without a slash at its end; empty for none. */
  readonly prefix: string
  readonly telemetryPath: string
  readonly build: BuildInformation
  readonly adminEnabled: boolean
  /** Undefined where --web.enable-lifecycle is not given. */
  readonly stop: (() => void) | undefined
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** Answers by method, for one path. */
type Methods = Readonly<Record<string, Answer>>

export function rareRoutes(options: RareRouteOptions): Handler {
  const { prefix, telemetryPath, log } = options
  const table = { ...systemRoutes(options), ...apiRoutes(options), ...pageRoutes(options) }
  const known = [telemetryPath, ...Object.keys(table)].map((path) => prefix + path)
  return createApp((app) => {
    for (const [path, methods] of Object.entries(table)) {
      app.all(literal(prefix + path), (request, response) => {
        const answer = methods[request.method]
        if (answer !== undefined) return answer(request, response)
        answerMethod(response, request.method, Object.keys(methods))
      })
    }
    app.options(
      `${literal(prefix)}/api/v1/{*rest}`,
      counted(options.metrics, 'api/v1/options', answerApiOptions),
    )
    app.get(`${literal(prefix)}/api/v1/groups/{*labels}`, (request, response) => {
      answerGroup(options, request, response)
    })
    // Without the prefix, so that it tells what is wrong wherever the gateway is mounted.
    app.get('/-/quit', quitNotGet)
    app.use((request, response) => answerUnknown(known, prefix, request, response))
  }, log)
}

function systemRoutes({
  store,
  metrics,
  stop,
}: RareRouteOptions): Readonly<Record<string, Methods>> {
  const quit = quitHandler(stop)
  const healthy = conditionHandler(() => undefined)
  // A restart would not help a full disk, so it makes the gateway unready, not unhealthy.
  const ready = conditionHandler(() => store.problem)
  return {
    '/-/healthy': { GET: counted(metrics, 'healthy', healthy) },
    '/-/ready': { GET: counted(metrics, 'ready', ready) },
    '/-/quit': { PUT: quit, POST: quit, GET: quitNotGet },
  }
}

function apiRoutes(options: RareRouteOptions): Readonly<Record<string, Methods>> {
  const { store, metrics, build, adminEnabled } = options
  const preflight = counted(metrics, 'api/v1/options', answerApiOptions)
  const wipe = counted(metrics, 'wipe', (request, response) => answerWipe(store, request, response))
  return {
    '/api/v1/metrics': {
      GET: counted(metrics, 'api/v1/metrics', (_, response) => {
        return answerMetrics(store.groups, response)
      }),
      OPTIONS: preflight,
    },
    '/api/v1/status': {
      GET: counted(metrics, 'api/v1/status', statusHandler(build)),
      OPTIONS: preflight,
    },
    '/api/v1/groups': {
      GET: (request, response) => answerList(store, request, response),
      DELETE: counted(metrics, 'api/v1/groups', (request, response) => {
        return answerDeleteMatching(store, request, response)
      }),
      OPTIONS: preflight,
    },
    ...(adminEnabled && { '/api/v1/admin/wipe': { PUT: wipe } }),
  }
}

function pageRoutes({ metrics }: RareRouteOptions): Readonly<Record<string, Methods>> {
  const files = new PageFiles()
  const page = counted(metrics, 'status', (_, response) => files.answer('page.html', response))
  const routes: Record<string, Methods> = { '/': { GET: page }, '/status': { GET: page } }
  for (const file of staticFiles) {
    routes[`/static/${file}`] = {
      GET: counted(metrics, 'static', (_, response) => files.answer(file, response)),
    }
  }
  return routes
}

/** `/api/v1/groups/job/a/...`: the group whose push path ends so. */
function answerGroup(
  { store, prefix, readKey }: RareRouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = decodePath(splitTarget(request.url ?? '').path) ?? ''
  const rest = path.slice(`${prefix}/api/v1/groups/job`.length)
  const group = store.groups.get(readKey(rest))
  if (group === undefined) notFound(response)
  else answerJson(response, groupSeries(group))
}

/** Go's router sends a wrong trailing slash or wrong case to the path that was meant. */
function answerUnknown(
  known: readonly string[],
  prefix: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { path, search } = splitTarget(request.url ?? '')
  const status = request.method === 'GET' ? 301 : 307
  const plain = path.toLowerCase().replace(/(?<=.)\/$/, '')
  const meant = known.find((one) => one.replace(/(?<=.)\/$/, '').toLowerCase() === plain)
  if (meant !== undefined && meant !== path) {
    answerRedirect(request, response, status, meant + search)
    return
  }
  const start = `${prefix}/metrics/job`
  const isPush = request.method !== 'GET' && path.toLowerCase().startsWith(start.toLowerCase())
  const rest = path.slice(start.length).replace(/^@base64(?=\/)/i, '@base64')
  if (isPush && !path.startsWith(start + rest) && /^(@base64)?\/./.test(rest)) {
    answerRedirect(request, response, 307, start + rest + search)
  } else {
    notFound(response)
  }
}

/** Counts the answer under the handler's name when it is out. */
function counted(metrics: OwnMetrics, handler: string, answer: Answer): Answer {
  return (request, response) => {
    response.once('finish', () => {
      metrics.countRequest(handler, request.method, response.statusCode)
    })
    return answer(request, response)
  }
}

/** The path as Express wants it, where some characters have a meaning. */
function literal(path: string): string {
  return path.replaceAll(/[{}()[\]+?!:*\\]/g, '\\$&')
}
