/** What the log hears of a collector that fails: when it begins, and no flood whatever follows. */
import { expect, test } from 'vitest'
import { NoData } from '../../../exporters/node/collector.ts'
import { Outcomes, ok, outcomeOf } from '../../../exporters/node/outcome.ts'
import { Registry } from '../../../shared/exposition/registry.ts'
import { createLog } from '../../../shared/log.ts'

const failed = (err: string) => outcomeOf(new Error(err))

/** Outcomes by second, and what the log says above debug, in short: `error x`, `error x +2`, `info`. */
function check(
  title: string,
  outcomes: Readonly<Record<number, unknown>>,
  expected: string[],
): void {
  test(title, () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', format: 'logfmt', write: (line) => lines.push(line) })
    const subject = new Outcomes('probe', new Registry(), log)
    for (const [second, outcome] of Object.entries(outcomes)) {
      const nowMs = Number(second) * 1000
      subject.add(outcome as typeof ok, nowMs - 1, nowMs)
    }
    const short = lines.map((line) => {
      const [, level = ''] = /level=(\w+)/.exec(line) ?? []
      const [, err] = /err=(\S+)/.exec(line) ?? []
      const [, suppressed] = /suppressed=(\d+)/.exec(line) ?? []
      return [level.toLowerCase(), err, suppressed && `+${suppressed}`].filter(Boolean).join(' ')
    })
    expect(short).toEqual(expected)
  })
}

const noData = outcomeOf(new NoData('none'))
const late = { kind: 'timeout', err: 'late' } as const

check('nothing is said of a collector that works', { 0: ok, 15: ok }, [])
check('nothing is said of one that has nothing to measure', { 0: noData, 15: ok, 30: noData }, [])
check('a failure that lasts is said once', { 0: failed('a'), 15: failed('a'), 90: failed('a') }, [
  'error a',
])
check(
  'one that works again says so, and the next failure is news',
  { 0: failed('a'), 15: ok, 75: failed('a') },
  ['error a', 'info', 'error a'],
)
check('a timeout is a failure of its own', { 0: failed('a'), 75: late, 90: ok }, [
  'error a',
  'error late',
  'info',
])
check(
  'a failure that is new each time is said once a minute, with a count',
  { 0: failed('a'), 15: failed('b'), 30: failed('c'), 45: failed('d'), 60: failed('e') },
  ['error a', 'error e +3'],
)
check(
  'one that comes and goes, too, and the last word is true',
  { 0: failed('a'), 15: ok, 30: failed('a'), 45: ok, 60: failed('a'), 75: ok, 90: ok },
  ['error a', 'info', 'error a +1', 'info'],
)
check(
  'a failure that was not said is, when it lasts',
  { 0: failed('a'), 15: ok, 30: failed('b'), 45: failed('b'), 61: failed('b'), 76: failed('b') },
  ['error a', 'info', 'error b +2'],
)
