/** The units that promlint knows in metric names, and what each should be given in. */

/** The unit to use instead; the unit itself where it is right, undefined where the word is no unit. */
export function baseUnit(word: string): string | undefined {
  const own = units.get(word)
  if (own !== undefined) return own
  for (const prefix of prefixes) {
    const base = word.startsWith(prefix) ? units.get(word.slice(prefix.length)) : undefined
    if (base !== undefined) return base
  }
  return undefined
}

/** By the base unit, which is right as it stands, what should not be used in its place. */
const instead: Readonly<Record<string, readonly string[]>> = {
  amperes: [],
  bytes: ['bits'],
  celsius: ['fahrenheit', 'rankine'],
  grams: ['pounds', 'ounces'],
  joules: ['calories'],
  kelvin: ['kelvins'],
  meters: ['inches', 'yards', 'miles'],
  metres: [],
  seconds: ['minutes', 'hours', 'days', 'weeks'],
  volts: [],
}

const units: ReadonlyMap<string, string> = new Map(
  Object.entries(instead).flatMap(([base, others]) =>
    [base, ...others].map((unit): [string, string] => [unit, base]),
  ),
)

/** `mibi` is upstream's spelling. */
const prefixes =
  'pico nano micro milli centi deci deca hecto kilo kibi mega mibi giga gibi tera tebi peta pebi'.split(
    ' ',
  )
