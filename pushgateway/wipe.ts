/** PUT /api/v1/admin/wipe: forgets all groups at once. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerEmpty, answerRefused } from './answer.ts'
import { Refused } from './refused.ts'
import type { Store } from './store.ts'

/** The answer comes when the groups are gone; the original only queues their deletion. */
export async function answerWipe(
  store: Store,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await store.wipe()
    answerEmpty(response, 202)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    answerRefused(response, error)
  }
}
