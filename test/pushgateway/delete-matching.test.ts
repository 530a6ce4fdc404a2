/** Selectors of groups: what they fit, where they are wrong, and what a deletion refuses. */
import { expect, test } from 'vitest'
import { fitsOne, readSelectors, requireNarrow } from '../../pushgateway/match-groups.ts'
import { gateway } from './gateway.ts'

const { put, groups } = gateway()
put('/import/instance/web1', 'rows 1\n')
put('/import/instance/web2', 'rows 1\nfailed 1\n')
put('/import', 'rows 1\n')
put('/backup/instance/db1', 'size_bytes 1\n')
put(Buffer.from('/ü "x"/a/').toString('latin1'), 'x 1\n')

/** The groups as `job/instance`, or the reason. */
async function select(...texts: string[]): Promise<string> {
  try {
    const selectors = await readSelectors(texts)
    const found = Array.from(groups.all()).filter((group) => fitsOne(selectors, group))
    const value = (labels: readonly { name: string; value: string }[], name: string) => {
      return labels.find((label) => label.name === name)?.value ?? ''
    }
    return found
      .map(({ key: { labels } }) => `${value(labels, 'job')}/${value(labels, 'instance')}`)
      .join(' ')
  } catch (error) {
    return String(error)
  }
}

test.each([
  ['{job="import"}', 'import/web1 import/web2 import/'],
  ['{job="import",instance=~"web.*"}', 'import/web1 import/web2'],
  [' { job = "import" , instance != "web1" , } ', 'import/web2 import/'],
  ['{instance=~"web1|db.+"}', 'import/web1 backup/db1'],
  ['{instance=~"eb"}', ''], // anchored
  ['{instance!~"web.*"}', 'import/ backup/db1 ü "x"/'],
  ['{instance=""}', 'import/ ü "x"/'], // absent is empty
  ['{a=""}', 'import/web1 import/web2 import/ backup/db1 ü "x"/'],
  ['job="import",instance="web1"', 'import/web1'],
  ['instance="db1",', 'backup/db1'],
  [`{job='\\u00fc "x"'}`, 'ü "x"/'],
  ['{job=~`ü "x"`}', 'ü "x"/'],
  ['{"job"="backup"}', 'backup/db1'],
  ['rows', 'import/web1 import/web2 import/'],
  ['failed{job=~"import|backup"}', 'import/web2'],
  ['{__name__=~".*_bytes"}', 'backup/db1'],
  ['{"size_bytes"}', 'backup/db1'],
  ['{__name__=~"size.*",__name__!="size_bytes"}', ''],
  ['{}', 'import/web1 import/web2 import/ backup/db1 ü "x"/'],
  ['{job=~"(a+)+$"}', ''], // linear time
])('the selector %s', async (text, expected) => {
  expect(await select(text)).toBe(expected)
})

test('of several selectors one must fit', async () => {
  expect(await select('{instance="web1"}', '{job="backup"}')).toBe('import/web1 backup/db1')
})

const invalid = (text: string) => `Refused: match[] ${text}`

test.each([
  ['', invalid('"": column 1: expected "{", as in {job="import"}, found the end')],
  ['{job}', invalid('"{job}": column 5: expected =, !=, =~ or !~, found "}"')],
  ['{ü="x"}', invalid('"{ü=\\"x\\"}": column 2: expected a label name, found "ü"')],
  ['{job=import}', invalid('"{job=import}": column 6: expected a value in quotes, found "i"')],
  ['{job="a"', invalid('"{job=\\"a\\"": column 9: expected "," or "}", found the end')],
  [
    'job="a" b="c"',
    invalid('"job=\\"a\\" b=\\"c\\"": column 9: expected "," or the end, found "b"'),
  ],
  ['{job="a"} x', invalid('"{job=\\"a\\"} x": column 11: expected the end, found "x"')],
  [
    '{"ü"="a",job="a}',
    invalid('"{\\"ü\\"=\\"a\\",job=\\"a}": column 14: unterminated quoted string'),
  ],
  ['{job="\\z"}', invalid(`"{job=\\"\\\\z\\"}": column 6: unknown escape sequence U+007A 'z'`)],
  [
    '{a="b",job=~"("}',
    invalid('"{a=\\"b\\",job=~\\"(\\"}": column 8: error parsing regexp: missing closing ): `(`'),
  ],
  [
    '{job=~"(?=a)"}',
    invalid(
      '"{job=~\\"(?=a)\\"}": column 2: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ),
  ],
])('the selector %s is refused', async (text, reason) => {
  expect(await select(text)).toBe(reason)
})

test.each([
  [['{job="a"}'], 'ok'],
  [['{job=~".+"}', 'job!=""'], 'ok'],
  [[], 'match[] is missing: say which groups, as in match[]={job="import"}'],
  [['{job="a"}', '{}'], /^match\[\] "\{\}": column 1: one matcher must ask for a label/],
  [['{job!="a"}'], /column 1: one matcher must ask/],
  [['{job=~".*",a=""}'], /column 1: one matcher must ask/],
  [['{job="a",__name__="x"}'], /column 10: groups are deleted whole/],
  [['x{job="a"}'], /column 1: groups are deleted whole/],
])('a deletion of %j', async (texts, expected) => {
  const selectors = await readSelectors(texts)
  let answer = 'ok'
  try {
    requireNarrow(selectors)
  } catch (error) {
    answer = error instanceof Error ? error.message : ''
  }
  expect(answer).toMatch(expected)
})
