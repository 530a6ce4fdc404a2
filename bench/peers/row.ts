/** One measured comparison, and the table that the rows make. */

export type Row = {
  readonly what: string
  readonly unit: string
  readonly theirs: number
  readonly ours: number
  /** The ratio ours / theirs to reach; absent where there is only a look, no goal. */
  readonly goal?: number
  readonly better: 'more' | 'less'
}

export function writeTable(rows: readonly Row[]): string {
  const lines = rows.map(({ what, unit, theirs, ours, goal, better }) => {
    const ratio = ours / theirs
    const reached = goal === undefined ? '' : verdict(ratio, goal, better)
    return `| ${what} | ${number(theirs)} ${unit} | ${number(ours)} ${unit} | ${number(ratio)} | ${reached} |`
  })
  return [
    '| what | original | ours | ours / original | goal |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

function verdict(value: number, goal: number, better: 'more' | 'less'): string {
  const met = better === 'more' ? value >= goal : value <= goal
  return `${better === 'more' ? 'at least' : 'at most'} ${number(goal)}: ${met ? 'met' : 'MISSED'}`
}

function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
