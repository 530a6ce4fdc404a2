/** Durations in queries: the literals (1h30m), and the expressions that `[..]` and offset take. */

import { quote } from '../../shared/quote.ts'
import type { Duration, DurationExpression } from './ast.ts'

/** From the largest to the smallest, which is also the order they must be written in. */
const units: readonly (readonly [name: string, ms: number])[] = [
  ['y', 365 * 24 * 3600e3],
  ['w', 7 * 24 * 3600e3],
  ['d', 24 * 3600e3],
  ['h', 3600e3],
  ['m', 60e3],
  ['s', 1e3],
  ['ms', 1],
]

/** Go's durations are 63 bits of nanoseconds. */
const maxDurationMs = 2 ** 63 / 1e6

/** Milliseconds of a literal. Throws SyntaxError with Prometheus' text. */
export function parseDurationLiteral(text: string): number {
  let totalMs = 0
  let last = -1
  let rest = text
  while (rest !== '') {
    const [part = '', digits = '', unit = ''] = /^([0-9]+)([^0-9]+)/.exec(rest) ?? []
    if (part === '') throw new SyntaxError(`not a valid duration string: ${quote(text)}`)
    const place = units.findIndex(([name]) => name === unit)
    if (place < 0) throw new SyntaxError(`unknown unit ${quote(unit)} in duration ${quote(text)}`)
    if (place <= last) throw new SyntaxError(`not a valid duration string: ${quote(text)}`)
    last = place
    totalMs += Number(digits) * (units[place]?.[1] ?? 0)
    if (totalMs >= maxDurationMs) throw new SyntaxError('duration out of range')
    rest = rest.slice(part.length)
  }
  return totalMs
}

/** A whole number of milliseconds as Prometheus writes it: 1h30m, 0s. */
export function formatDurationLiteral(ms: number): string {
  if (ms === 0) return '0s'
  let text = ms < 0 ? '-' : ''
  let rest = Math.abs(ms)
  for (const [name, unitMs] of units) {
    const count = Math.floor(rest / unitMs)
    // Weeks and years appear only alone, as 90d is easier to read than 12w6d.
    const alone = name === 'y' || name === 'w'
    if (count === 0 || (alone && rest % unitMs !== 0)) continue
    text += `${count}${name}`
    rest -= count * unitMs
  }
  return text
}

/** What step() and range() stand for, in milliseconds. */
export type DurationContext = { readonly stepMs: number; readonly rangeMs: number }

/** Milliseconds of a duration. Throws RangeError on a division by zero or an absurd size. */
export function durationMs(duration: Duration, context: DurationContext): number {
  if (typeof duration === 'number') return duration
  const seconds = evaluateSeconds(duration, context)
  const ms = Math.round(seconds * 1000)
  if (!(Math.abs(ms) < maxDurationMs)) throw new RangeError('duration out of range')
  return ms
}

function evaluateSeconds(duration: DurationExpression, context: DurationContext): number {
  switch (duration.kind) {
    case 'seconds':
      return duration.value
    case 'step':
      return context.stepMs / 1000
    case 'range':
      return context.rangeMs / 1000
    case 'negate':
      return -evaluateSeconds(duration.operand, context)
    case 'operation':
      return operate(
        duration.operator,
        evaluateSeconds(duration.left, context),
        evaluateSeconds(duration.right, context),
      )
  }
}

function operate(operator: string, left: number, right: number): number {
  if (right === 0 && operator === '/') throw new RangeError('division by zero')
  if (right === 0 && operator === '%') throw new RangeError('modulo by zero')
  if (operator === '+') return left + right
  if (operator === '-') return left - right
  if (operator === '*') return left * right
  if (operator === '/') return left / right
  if (operator === '%') return left % right
  if (operator === 'min_of') return Math.min(left, right)
  if (operator === 'max_of') return Math.max(left, right)
  return left ** right
}

/** Whether the value is known without a query. */
export function isConstantDuration(duration: DurationExpression): boolean {
  if (duration.kind === 'seconds') return true
  if (duration.kind === 'negate') return isConstantDuration(duration.operand)
  if (duration.kind !== 'operation') return false
  return isConstantDuration(duration.left) && isConstantDuration(duration.right)
}
