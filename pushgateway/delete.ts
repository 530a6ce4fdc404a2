/** DELETE of a group: 202 also when there is none, as the original answers. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerEmpty, answerRefused } from './answer.ts'
import type { ReadKey } from './grouping-key.ts'
import type { OwnMetrics } from './own-metrics.ts'
import { Refused } from './refused.ts'
import type { Store } from './store.ts'

export type DeleteOptions = {
  readonly store: Store
  readonly metrics: OwnMetrics
  readonly readKey: ReadKey
}

/** `rest` is what follows /metrics/job in the decoded path. A body is not looked at. */
export async function answerDelete(
  { store, metrics, readKey }: DeleteOptions,
  rest: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await store.delete(readKey(rest))
    metrics.countRequest('delete', request.method, 202)
    answerEmpty(response, 202)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    metrics.countRequest('delete', request.method, error.status)
    answerRefused(response, error)
  }
}
