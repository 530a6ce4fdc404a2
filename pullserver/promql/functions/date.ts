/** Parts of the date, in UTC, of values that are Unix seconds; without argument, of the present. */
import { dropNames, oneRow, type Rows, transformRows } from '../rows.ts'
import { stepTimes } from '../steps.ts'
import type { CallContext, VectorFunction } from './call-context.ts'

function datePart(part: (date: Date) => number): VectorFunction {
  return (context) => {
    const rows = transformRows(datesOf(context), (values) => {
      for (let k = 0; k < values.length; k++) {
        values[k] = part(new Date(Math.trunc(values[k] as number) * 1000))
      }
    })
    return dropNames(context.evaluation, rows, context.steps.count)
  }
}

function datesOf({ call, steps, vector }: CallContext): Rows {
  if (call.args.length > 0) return vector(0)
  return oneRow(
    [],
    stepTimes(steps).map((ms) => ms / 1000),
  )
}

const dayMs = 86_400_000

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs) + 1
}

function daysInMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
}

export const dateFunctions: Readonly<Record<string, VectorFunction>> = {
  day_of_month: datePart((date) => date.getUTCDate()),
  day_of_week: datePart((date) => date.getUTCDay()),
  day_of_year: datePart(dayOfYear),
  days_in_month: datePart(daysInMonth),
  hour: datePart((date) => date.getUTCHours()),
  minute: datePart((date) => date.getUTCMinutes()),
  month: datePart((date) => date.getUTCMonth() + 1),
  year: datePart((date) => date.getUTCFullYear()),
}
