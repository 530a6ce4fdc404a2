/** All functions by name. */
import { absentFunctions } from './absent.ts'
import type { ScalarFunction, VectorFunction } from './call-context.ts'
import { dateFunctions } from './date.ts'
import { histogramFunctions } from './histogram.ts'
import { infoFunctions } from './info.ts'
import { labelFunctions } from './labels.ts'
import { mathFunctions } from './math.ts'
import { overTimeFunctions } from './over-time.ts'
import { rateFunctions } from './rate.ts'
import { conversionFunctions, scalarFunctionsByName } from './scalars.ts'
import { sortFunctions } from './sort.ts'
import { trendFunctions } from './trend.ts'

export const vectorFunctions: ReadonlyMap<string, VectorFunction> = new Map(
  Object.entries({
    ...absentFunctions,
    ...conversionFunctions,
    ...dateFunctions,
    ...histogramFunctions,
    ...infoFunctions,
    ...labelFunctions,
    ...mathFunctions,
    ...overTimeFunctions,
    ...rateFunctions,
    ...sortFunctions,
    ...trendFunctions,
  }),
)

export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  Object.entries(scalarFunctionsByName),
)
