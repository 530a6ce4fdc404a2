import { expect, test } from 'vitest'
import { parseTargetFile } from '../../../pullserver/config/file-sd-config.ts'

test('a target file is JSON or YAML', () => {
  const groups = [{ targets: ['a:1', 'b:2'], labels: { env: 'x', n: '1' } }]
  const check = (text: string) => expect(parseTargetFile(text, 'f')).toEqual(groups)
  check('[{"targets": ["a:1", "b:2"], "labels": {"env": "x", "n": "1"}}]')
  check('[\n\t{\n\t\t"targets": ["a:1", "b:2"],\n\t\t"labels": {"env": "x", "n": "1"}\n\t}\n]\n')
  check('- targets: [a:1, b:2]\n  labels:\n    env: x\n    n: 1\n')
  expect(parseTargetFile('', 'f')).toEqual([])
})

test('a target file with errors is refused whole', () => {
  const refuse = (text: string, message: string) => {
    expect(() => parseTargetFile(text, text === '' ? 'f.json' : 'f')).toThrow(
      new SyntaxError(message),
    )
  }
  refuse(
    '[{"target": ["a"]}]',
    'f:1:3: field target not found in static_config; did you mean targets?',
  )
  refuse('-\n', 'f:1:2: nil target group item found')
  refuse('', 'f.json: file is empty')
  refuse('targets: [a]\n', 'f:1:1: cannot unmarshal !!map into a list')
})
