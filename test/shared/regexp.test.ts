import { expect, test } from 'vitest'
import { compileOperatorRegexp } from '../../shared/regexp.ts'

/** A pattern, texts it finds, texts it does not. */
function check(pattern: string, matches: string[], others: string[]): void {
  test(`compileOperatorRegexp matches as RE2 does: ${pattern}`, () => {
    const regexp = compileOperatorRegexp(pattern)
    expect(matches.filter((text) => !regexp.test(text))).toEqual([])
    expect(others.filter((text) => regexp.test(text))).toEqual([])
  })
}

check('eth', ['eth0', 'veth1'], ['lo']) // unanchored
check('^(lo|dummy\\d+)$', ['lo', 'dummy12'], ['dummy', 'lo2', 'lo\n'])
check('^/(dev|proc)($|/)', ['/dev', '/dev/shm'], ['/device', 'x/dev'])
check('^nvme\\d+n\\d+p\\d+$', ['nvme0n1p2'], ['nvme0n1'])
check('', ['', 'x'], [])
check('(?i)ETH', ['eth0', 'Eth'], ['lo'])
check('a(?i)b|c', ['aB', 'ab', 'C'], ['Ab']) // the mode lasts across |
check('(a(?i)b)c', ['aBc'], ['aBC', 'Abc']) // and ends with its group
check('(?i:a)b', ['Ab'], ['AB'])
check('(?i)a(?-i)b', ['Ab'], ['AB'])
check('(?i)a(?-i:b|c)d', ['AbD', 'acd'], ['aBd'])
check('(?s)a.b', ['a\nb'], [])
check('a.b', ['a\rb', 'a\u2028b'], ['a\nb']) // V8's dot stops at four characters, RE2's at one
check('(?m)^b$', ['a\nb\nc'], ['a\rb\rc'])
check('(?ms)^b.c$', ['a\nb\nc'], ['abc'])
check('\\Aa', ['ab'], ['ba', 'b\na'])
check('a\\z', ['ba'], ['a\n'])
check('\\bsd', ['sda', 'x sd'], ['xsd'])
check('^[[:alpha:]]+$', ['abcXYZ'], ['a1', ''])
check('^[^[:digit:]x]+$', ['abc'], ['a1', 'x'])
check('[[:^space:]]', ['a'], [' \t\n'])
check('^\\pL+$', ['äb', 'Ω'], ['1'])
check('^\\p{Greek}$', ['Ω'], ['w'])
check('^\\P{Lu}$', ['a'], ['A'])
check('^\\p{^Lu}$', ['a'], ['A'])
check('^[\\pL\\d]+$', ['ä1'], ['-'])
check('^[\\D]$', ['a'], ['1'])
check('^[^\\S]$', [' '], ['a'])
check('^\\s$', [' ', '\t'], ['\v', '\u00a0'])
check('(?P<name>a+)', ['baa'], ['b'])
check('(?<name>a+)', ['baa'], ['b'])
check('a{2}', ['aa'], ['a'])
check('^a{1,}$', ['a', 'aaa'], [''])
check('a{,2}', ['a{,2}'], ['aa']) // not a repeat in RE2
check('{x}', ['{x}'], ['x'])
check(']', [']'], ['['])
check('^[]a]+$', [']a'], ['b'])
check('^[^]a]$', ['b'], [']', 'a'])
check('^[a\\]-]+$', ['a]-'], ['\\'])
check('^[a-c-]+$', ['b-'], ['d'])
check('^[+&&!!--/]+$', ['+&!', '%/'], ['.', '0']) // doubled punctuation means something under V8's v flag
check('\\Qa.b\\E+', ['a.b', 'a.bb'], ['axb'])
check('\\x41\\x{1F600}\\101', ['A😀A'], ['A'])
check('\\/\\-\\_\\"', ['/-_"'], [])
check('^.$', ['😀'], []) // one code point, not two halves
check('a+?b*?', ['aab'], ['b'])
check('()|(a|)', ['', 'a'], [])
check('^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$', ['zram0', 'sda1'], ['sda', 'dm-0'])

function checkRefused(pattern: string, reason: RegExp): void {
  test(`compileOperatorRegexp refuses ${pattern}`, () => {
    expect(() => compileOperatorRegexp(pattern)).toThrow(reason)
    expect(() => compileOperatorRegexp(pattern)).toThrow(`regexp ${JSON.stringify(pattern)}: `)
  })
}

checkRefused('(?=a)', /lookahead/)
checkRefused('(?<!a)', /lookbehind/)
checkRefused('(a)\\1', /backreferences/)
checkRefused('(?U)a', /ungreedy/)
checkRefused('(?z)a', /unknown flag z/)
checkRefused('a(', /missing \)/)
checkRefused('a)', /unexpected \)/)
checkRefused('[a', /missing \]/)
checkRefused('[]', /missing \]/)
checkRefused('*a', /nothing to repeat/)
checkRefused('a**', /nothing to repeat/)
checkRefused('a\\', /trailing backslash/)
checkRefused('a{1001}', /over 1000/)
checkRefused('\\Z', /\\Z is not RE2/)
checkRefused('\\y', /\\y is not RE2/)
checkRefused('\\p{Klingon}', /property/)
checkRefused('[[:foo:]]', /unknown class/)
checkRefused('[a-\\d]', /bad range/)
checkRefused('[z-a]', /order/)
checkRefused('\\x{110000}', /code point/)
