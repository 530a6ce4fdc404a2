/** Requests that cannot be granted: the status and the reason the client gets to read. */

export class Refused extends Error {
  override readonly name: string = 'Refused'
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

/** What was wrong with a push, in a word; there are no others. */
export type FailureReason = (typeof failureReasons)[number]

export const failureReasons = [
  'client_gone',
  'inconsistent',
  'limit',
  'malformed',
  'storage',
  'too_large',
] as const

export function failureReason(refused: Refused): FailureReason {
  if (refused instanceof Inconsistent) return 'inconsistent'
  return reasonsOfStatus.get(refused.status) ?? 'malformed'
}

const reasonsOfStatus: ReadonlyMap<number, FailureReason> = new Map([
  [413, 'too_large'],
  [429, 'limit'],
  [503, 'storage'],
])

/** A push that is well-formed but does not fit its type, its group or other groups. */
export class Inconsistent extends Refused {
  override readonly name = 'Inconsistent'

  constructor(reason: string) {
    super(400, `pushed metrics are invalid or inconsistent with existing metrics: ${reason}`)
  }
}

export function bodyTooLarge(limitBytes: number): Refused {
  return new Refused(
    413,
    `the body is larger than ${limitBytes} bytes, the limit that --push.max-body-size sets`,
  )
}
