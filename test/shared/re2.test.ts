/** RE2 patterns answer as Go's regexp does, on the fast paths and off them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Go's templates look like ours
import { expect, test } from 'vitest'
import { compileRe2 } from '../../shared/re2.ts'

/** [pattern, texts that match fully, texts that do not] */
const fullMatches: [string, string[], string[]][] = [
  ['foo', ['foo'], ['', 'fo', 'foobar', 'afoo', 'FOO']],
  ['', [''], ['a']],
  ['foo|bar|', ['foo', 'bar', ''], ['foobar', 'ba']],
  ['(foo|bar)', ['foo', 'bar'], ['foobar', '']],
  ['(?:foo|bar)', ['foo', 'bar'], ['foobar']],
  ['foo.*', ['foo', 'foo\n', 'foobar'], ['fo', 'afoo']],
  ['foo.+', ['foobar', 'foo\n'], ['foo', 'afoo1']],
  ['.*foo', ['foo', '\nfoo', 'foofoo'], ['foo1']],
  ['.+foo', ['1foo', 'foofoo'], ['foo']],
  ['.*foo.*', ['foo', '1foo1'], ['fo o']],
  ['.+foo.+', ['1foo1', 'foofoo1'], ['foo1', '1foo', 'foofoo']],
  ['.*', ['', 'a\nb'], []],
  ['.+', ['a', '\n'], ['']],
  ['.+.+', ['ab'], ['a', '\u{1f600}']],
  ['a.*|.*b|c', ['a1', '1b', 'c'], ['c1']],
  ['1\\.2\\|3', ['1.2|3'], ['1x2|3', '1.2']],
  ['a\\\\|b', ['a\\', 'b'], ['a']],
  ['5..', ['500', '5\n\n'], ['50', '5000']],
  ['(?i)get|post', ['GET', 'Post'], ['put']],
  ['[a-c]+\\d{2}', ['abc12'], ['abc1', 'abc123']],
  ['a\\z', ['a'], ['az']],
  ['\\Qa.b\\E', ['a.b'], ['axb']],
  ['(a+)+', ['a'.repeat(5000)], [`${'a'.repeat(5000)}b`]], // exponential with backtracking
  ['.', ['\u{1f600}'], ['ab']],
]

test.each(fullMatches)('%s matches the whole text or not at all', (pattern, yes, no) => {
  const { matchesFully } = compileRe2(pattern)
  for (const text of yes) expect.soft(matchesFully(text), JSON.stringify(text)).toBe(true)
  for (const text of no) expect.soft(matchesFully(text), JSON.stringify(text)).toBe(false)
})

test('matches finds the pattern anywhere and keeps the line feed away from the dot', () => {
  expect(compileRe2('o+').matches('foo')).toBe(true)
  expect(compileRe2('^o').matches('foo')).toBe(false)
  expect(compileRe2('a.b').matches('a\nb')).toBe(false)
})

/** [pattern, text, template, result] */
const expansions: [string, string, string, string | undefined][] = [
  ['(.*)', 'x', '$1', 'x'],
  ['(.*)', '', 'a${1}b', 'ab'],
  ['foo', 'foo', '$0-$1', 'foo-'],
  ['foo', 'bar', 'x', undefined],
  ['(.+):(\\d+)', 'host:80', '${1}_$2', 'host_80'],
  ['(.+):(\\d+)', 'host:80', '$1x', ''], // group named "1x"
  ['(?P<name>.+)-b', 'a-b', '$name ${name}', 'a a'],
  ['(?<name>.+)-b', 'a-b', '${name}', 'a'],
  ['(a)|(b)', 'b', '[$1][$2][$3]', '[][b][]'],
  ['(a)', 'a', '$$1 $ ${1 $-', '$1 $ ${1 $-'],
  ['(a)', 'a', '$01', ''], // no leading zeros
  ['(a|ab)(c|bcd)(d*)', 'abcd', '$1,$2,$3', 'a,bcd,'],
]

test.each(expansions)('%s on %s expands %s', (pattern, text, template, expected) => {
  expect(compileRe2(pattern).expand(text, template)).toBe(expected)
})

test.each([
  ['a*', 'baaac', 'x', 'xbxcx'],
  ['(\\w+) (\\w+)', 'a b c d', '$2 $1', 'b a d c'],
  ['', 'ab', '-', '-a-b-'],
  ['z', 'ab', '-', 'ab'],
])('replaceAll %s in %s by %s', (pattern, text, template, expected) => {
  expect(compileRe2(pattern).replaceAll(text, template)).toBe(expected)
})

test.each([
  ['(', 'error parsing regexp: missing closing ): `(`'],
  ['a)', 'error parsing regexp: unexpected ): `a)`'],
  ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
  ['[a', 'error parsing regexp: missing closing ]: `[a`'],
  ['\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
])('%s is refused in the words of Go', (pattern, message) => {
  expect(() => compileRe2(pattern)).toThrow(new SyntaxError(message))
})
