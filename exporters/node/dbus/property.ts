/** Properties of objects on a bus. */

import { type Answer, CallError } from './connection.ts'
import type { MethodCall } from './message.ts'
import type { DBusValue } from './signature.ts'

/** The call that asks for one property. */
export function propertyCall(
  destination: string,
  path: string,
  owner: string,
  name: string,
): MethodCall {
  return {
    destination,
    path,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    args: [owner, name],
    returns: 'v',
  }
}

/** What such a call came to. */
export function propertyOf(answer: Answer | undefined): DBusValue | CallError {
  if (answer instanceof CallError) return answer
  const [variant] = answer ?? []
  if (typeof variant === 'object' && 'type' in variant) return variant.value
  return new CallError('the answer holds no property')
}

/** A property that is a text. */
export function textOf(answer: Answer | undefined): string | CallError {
  const value = propertyOf(answer)
  if (typeof value === 'string' || value instanceof CallError) return value
  return new CallError(`the property is ${JSON.stringify(value)}, no text`)
}

/** A property that is a number. */
export function numberOf(answer: Answer | undefined): number | CallError {
  const value = propertyOf(answer)
  if (typeof value === 'number' || value instanceof CallError) return value
  return new CallError(`the property is ${JSON.stringify(value)}, no number`)
}
