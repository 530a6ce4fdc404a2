/** Which lines of a family are on a page: those of live series, without what clashes. */
import type { Clash } from './clash.ts'
import type { Layout } from './layout.ts'
import type { Line, MergedFamily, Part } from './merged-family.ts'
import type { Registry } from './registry.ts'
import { textSeries } from './text.ts'

/** What a page shows. */
export type Shown = {
  readonly registries: readonly Registry[]
  /** The round to show of each registry, -1 for none. */
  readonly shownRounds: readonly number[]
  readonly onClash: (clash: Clash) => void
}

/** Tells what could not be encoded at all, and what the registries could not take. */
export function reportProblems(
  layout: Layout,
  shownRounds: readonly number[],
  onClash: (clash: Clash) => void,
): void {
  for (const { rank, family, reason } of layout.unwritable) {
    if (shownRounds[rank] !== -1) onClash({ family, reason })
  }
  for (const [rank, { problems }] of layout.registries.entries()) {
    if (shownRounds[rank] !== -1) for (const problem of problems) onClash(problem)
  }
}

/** Gives the header and the lines to be written to `sink`, in order; nothing when none is live. */
export function showFamily(
  family: MergedFamily,
  shown: Shown,
  sink: { header(part: Part): void; line(line: Line): void },
): void {
  const live = family.parts.filter((part) => isPartLive(part, shown))
  const [winner] = live
  if (winner === undefined || losesToRival(family, winner, shown)) return
  // The first source decides the type, the first that has a help text decides the help.
  let titled = winner
  const accepted = live.filter((part) => {
    if (!agrees(part, titled, family, shown)) return false
    if (titled.help === undefined && part.help !== undefined) titled = part
    return true
  })
  sink.header(titled)
  let isGiven = false
  let repeated = 0
  let example: Line | undefined
  for (const line of family.lines) {
    if (!line.repeats) isGiven = false
    if (!accepted.includes(line.part) || !isLineLive(line, shown)) continue
    if (isGiven) {
      repeated++
      example ??= line
      continue
    }
    isGiven = true
    sink.line(line)
  }
  if (example !== undefined) reportRepeats(family, repeated, example, shown)
}

function isPartLive(part: Part, shown: Shown): boolean {
  if (shown.shownRounds[part.rank] === -1) return false
  return part.lines.some((line) => isLineLive(line, shown))
}

function isLineLive(line: Line, shown: Shown): boolean {
  const round = shown.shownRounds[line.part.rank]
  if (line.slot === undefined) return round !== -1
  return shown.registries[line.part.rank]?.stamps[line.index] === round
}

/** Whether a part can stand under the header of `kept`; reports when it cannot. */
function agrees(part: Part, kept: Part, family: MergedFamily, shown: Shown): boolean {
  const sameHelp = part.help === kept.help || part.help === undefined || kept.help === undefined
  if (part.type === kept.type && sameHelp) return true
  const [what, first, later] =
    part.type === kept.type
      ? ['help', JSON.stringify(kept.help), JSON.stringify(part.help)]
      : ['type', kept.type, part.type]
  const reason =
    `family ${family.name} has ${what} ${first} in one source and ${later} in a later one; ` +
    'the first is kept, the metrics of the other are left out'
  shown.onClash({ family: family.name, reason })
  return false
}

/** Whether a family of an earlier source (or x itself, for x_count) takes the names of this one. */
function losesToRival(family: MergedFamily, winner: Part, shown: Shown): boolean {
  for (const rival of family.rivals) {
    const other = rival.parts.find((part) => isPartLive(part, shown))
    if (other === undefined) continue
    const isOwner = family.name.length < rival.name.length
    const [owner, suffixed] = isOwner ? [winner, other] : [other, winner]
    if (!ownsName(owner, suffixed.name)) continue
    if (isOwner ? other.rank >= winner.rank : other.rank > winner.rank) continue
    const reason =
      `family ${family.name} is left out: its names collide with those of ` +
      `${other.type} ${rival.name}, which comes from an earlier source`
    shown.onClash({ family: family.name, reason })
    return true
  }
  return false
}

function ownsName(owner: Part, name: string): boolean {
  if (owner.type === 'summary') return !name.endsWith('_bucket')
  return owner.type === 'histogram' || owner.type === 'gaugehistogram'
}

function reportRepeats(family: MergedFamily, repeated: number, line: Line, shown: Shown): void {
  const labels = line.labelNames.map((name, index) => ({
    name,
    value: line.labelValues[index] ?? '',
  }))
  const example = textSeries(family.name, labels, 'allow-utf-8')
  const others = repeated > 1 ? ` and ${repeated - 1} more` : ''
  const reason = `${example}${others} given by two sources; the first is kept`
  shown.onClash({ family: family.name, reason })
}
