import { expect, test } from 'vitest'
import { scrapeDeadlineMs } from '../../../shared/exposition/scrape-signal.ts'

function check(header: string | string[] | undefined, expected: number | undefined): void {
  expect(scrapeDeadlineMs(header), String(header)).toBe(expected)
}

test('a tenth of the scrape timeout, at most half a second, is kept for the answer', () => {
  check('10', 9500)
  check('5.000000', 4500)
  check('1', 900)
  check('0.2', 180)
})

test('a timeout that cannot be kept is no deadline', () => {
  for (const header of [undefined, '', '0', '-1', 'soon', '1e300', 'Infinity', ['1', '2']]) {
    check(header, undefined)
  }
})
