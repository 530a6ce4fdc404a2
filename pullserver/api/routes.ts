/** Path and method to handler: the HTTP API, the page, health. */
import { gzipPage } from '../../shared/exposition/gzip.ts'
import { acceptsGzip } from '../../shared/exposition/negotiate.ts'
import type { App, AppRequest, AppResponse } from '../../shared/web/app.ts'
import { plainText } from '../../shared/web/routes.ts'
import type { PageFile } from '../page/files.ts'
import type { Engine } from '../promql/engine.ts'
import type { Scraper } from '../scrape/scraper.ts'
import type { Store } from '../storage/store.ts'
import { type Answer, ApiError, answer, writeAnswer, writeError } from './answer.ts'
import { findLabelNames, findLabelValues, findSeries } from './metadata.ts'
import { formatQuery, queryInstant, queryRange } from './query.ts'
import { readParameters } from './read-parameters.ts'
import {
  type Status,
  showBuildInfo,
  showConfig,
  showFlags,
  showRuntimeInfo,
  showStorage,
} from './status.ts'
import { listMetadata, listScrapePools, listTargets } from './targets.ts'

export type ApiParts = {
  readonly engine: Engine
  readonly store: Store
  readonly scraper: Pick<Scraper, 'targets' | 'dropped' | 'droppedCounts' | 'metadata'>
  readonly status: Status
  readonly page: ReadonlyMap<string, PageFile>
  readonly nowMs: () => number
}

/** Sets all routes on an Express app. */
export function mountRoutes(app: App, parts: ApiParts): void {
  mountApi(app, parts)
  mountPage(app, parts.page)
  app.get('/-/healthy', (_, response) => text(response, 'Prometheus Server is Healthy.\n'))
  app.get('/-/ready', (_, response) => text(response, 'Prometheus Server is Ready.\n'))
}

function mountApi(app: App, parts: ApiParts): void {
  const { engine, store, scraper, status, nowMs } = parts
  const get = (path: string, handle: Handle) => {
    app
      .route(`/api/v1${path}`)
      .get(run(handle))
      .all((_, response) => refuseMethod(response, 'GET, OPTIONS'))
  }
  const getOrPost = (path: string, handle: Handle) => {
    app
      .route(`/api/v1${path}`)
      .get(run(handle))
      .post(run(handle))
      .all((_, response) => refuseMethod(response, 'GET, OPTIONS, POST'))
  }
  getOrPost('/query', (parameters) => queryInstant(engine, parameters, nowMs()))
  getOrPost('/query_range', (parameters) => queryRange(engine, parameters))
  getOrPost('/format_query', (parameters) => formatQuery(parameters))
  getOrPost('/series', (parameters) => findSeries(store, parameters))
  getOrPost('/labels', (parameters) => findLabelNames(store, parameters))
  get('/label/:name/values', (parameters, { params }) =>
    findLabelValues(store, String(params['name']), parameters),
  )
  get('/metadata', (parameters) => listMetadata(scraper, parameters))
  get('/targets', (parameters) => listTargets(scraper, parameters))
  get('/scrape_pools', () => listScrapePools(scraper))
  get('/status/buildinfo', () => showBuildInfo(status))
  get('/status/config', () => showConfig(status))
  get('/status/flags', () => showFlags(status))
  get('/status/runtimeinfo', () => showRuntimeInfo(status, nowMs()))
  get('/status/tsdb', () => showStorage(status))
  // Grafana asks for these when a data source is added and takes an error for a broken server. There
  // are no rules and no exemplars here, and "none" is the true answer.
  get('/rules', () => answer({ groups: [] }))
  get('/alerts', () => answer({ alerts: [] }))
  getOrPost('/query_exemplars', () => answer([]))
}

/** The page has one document for all its addresses; its script shows what the address names. */
function mountPage(app: App, page: ReadonlyMap<string, PageFile>): void {
  app.get('/', (_, response) => response.redirect(302, 'query'))
  app.get('/graph', (request, response) => {
    const at = request.originalUrl.indexOf('?')
    response.redirect(302, at < 0 ? 'query' : `query${request.originalUrl.slice(at)}`)
  })
  for (const path of ['/query', '/targets', '/status']) {
    app.get(path, (_, response) => sendFile(response, page.get('index.html')))
  }
  app.get('/assets/:name', (request, response, next) => {
    const file = page.get(request.params['name'] ?? '')
    if (file === undefined) return next()
    sendFile(response, file)
  })
}

type Handle = (parameters: URLSearchParams, request: AppRequest) => Answer | Promise<Answer>

function run(handle: Handle) {
  return async (request: AppRequest, response: AppResponse): Promise<void> => {
    try {
      const body = writeAnswer(await handle(await readParameters(request), request))
      await sendJson(request, response, 200, body)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      await sendJson(request, response, error.status, writeError(error))
    }
  }
}

/** Below this a compressed answer is hardly smaller, and the answer is one packet anyway. */
const gzipBytesMin = 1400

async function sendJson(
  request: AppRequest,
  response: AppResponse,
  status: number,
  json: string,
): Promise<void> {
  const body = Buffer.from(json)
  const gzip = body.length >= gzipBytesMin && acceptsGzip(request.headers['accept-encoding'])
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.setHeader('vary', 'Accept-Encoding')
  if (gzip) response.setHeader('content-encoding', 'gzip')
  response.end(gzip ? await gzipPage(body) : body)
}

/** OPTIONS is answered as Prometheus does, by an empty 204; anything else that is not allowed by a 405. */
function refuseMethod(response: AppResponse, allowed: string): void {
  response.setHeader('allow', allowed)
  if (response.req.method === 'OPTIONS') {
    response.statusCode = 204
    response.end()
    return
  }
  plainText(response, 405, 'Method Not Allowed\n')
}

function sendFile(response: AppResponse, file: PageFile | undefined): void {
  if (file === undefined) throw new Error('a file of the page is missing from this installation')
  response.setHeader('content-type', file.contentType)
  response.setHeader('cache-control', 'no-cache')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('content-security-policy', "default-src 'self'; img-src 'self' data:")
  response.end(file.body)
}

function text(response: AppResponse, body: string): void {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(body)
}
