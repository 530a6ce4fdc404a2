import { expect, test } from 'vitest'
import { parseDecimalBytes, parseHumanBytes } from '../../../exporters/node/bcache-numbers.ts'

function check(text: string, human: number | undefined, decimal: number | undefined): void {
  test(`${text} is ${human} in bcache, ${decimal} in bcachefs`, () => {
    for (const [parse, expected] of [
      [parseHumanBytes, human],
      [parseDecimalBytes, decimal],
    ] as const) {
      if (expected === undefined) expect(() => parse(text, 'file')).toThrow('file: expected')
      else expect(parse(text, 'file')).toBe(expected)
    }
  })
}

check('0', 0, 0)
check('512', 512, 512)
check('1.1M', 1150976, 1153433)
check('20.4G', 21894266880, 21904333209)
check('321.5k', 329204, 329216)
check('-321.5k', -329204, undefined)
check('0.9k', 900, 921)
check('2.05g', undefined, 2201170739)
check('', undefined, undefined)
check('k', undefined, undefined)
check('1.2.3k', undefined, undefined)
