/** Bodies of many megabytes, each of a shape that one or another reader could choke on. */

type Shape = {
  readonly name: string
  readonly unit: string
  readonly start?: string
  readonly end?: string
}

const shapes: readonly Shape[] = [
  { name: 'samples of one series', unit: 'a 1\n' },
  { name: 'samples with a label', unit: 'a{b="c"} 1\n' },
  { name: 'blank lines', unit: '\n' },
  { name: 'comments', unit: '#\n' },
  { name: 'one name', unit: 'a' },
  { name: 'one value of digits', unit: '1', start: 'a ', end: '\n' },
  { name: 'one value that is no number', unit: '1', start: 'a ', end: 'x\n' },
  { name: 'one value with blanks', unit: ' ', start: 'a ', end: '1\n' },
  { name: 'one timestamp', unit: '1', start: 'a 1 ', end: '\n' },
  { name: 'one label value', unit: 'x', start: 'a{b="', end: '"} 1\n' },
  { name: 'one label value of escapes', unit: '\\\\', start: 'a{b="', end: '"} 1\n' },
  { name: 'one label value that does not end', unit: '\\"', start: 'a{b="' },
  { name: 'one label name', unit: 'b', start: 'a{', end: '="c"} 1\n' },
  { name: 'opening braces', unit: '{' },
  { name: 'quotation marks', unit: '"' },
  { name: 'commas', unit: ',', start: 'a{' },
  { name: 'one help text', unit: 'x', start: '# HELP a ', end: '\na 1\n' },
  { name: 'one help text of escapes', unit: '\\n', start: '# HELP a ', end: '\na 1\n' },
  { name: 'one type', unit: 'x', start: '# TYPE a ', end: '\n' },
  {
    name: 'one exemplar',
    unit: 'x',
    start: '# TYPE a counter\na_total 1 # {b="',
    end: '"} 1\n# EOF\n',
  },
  { name: 'one le', unit: '1', start: '# TYPE h histogram\nh_bucket{le="', end: '"} 1\n# EOF\n' },
  { name: 'one native histogram', unit: 'a', start: '# TYPE h histogram\nh {count:', end: '}\n' },
  { name: 'deltas', unit: '1,', start: '# TYPE h histogram\nh {positive_deltas:[', end: '1]}\n' },
  { name: 'bytes that are no UTF-8', unit: '\xff', start: 'a{b="', end: '"} 1\n' },
  { name: 'zeros', unit: '\0' },
  { name: 'varints without an end', unit: '\x80' },
  { name: 'empty messages', unit: '\x02\x0a\x00' },
]

/** Shapes whose pieces differ: names, labels, buckets. */
const countedShapes: Readonly<Record<string, (index: number) => string>> = {
  'samples of as many families': (index) => `a${index.toString(36)} 1\n`,
  'samples of as many series': (index) => `a{b="${index.toString(36)}"} 1\n`,
  'metadata of as many families': (index) => `# TYPE a${index.toString(36)} gauge\n`,
  'one sample of many labels': (index) => `${index === 0 ? 'a{' : ','}b${index.toString(36)}="c"`,
  'one histogram of many buckets': (index) =>
    `${index === 0 ? '# TYPE h histogram\n' : ''}h_bucket{le="${index}"} ${index}\n`,
  'as many histograms': (index) =>
    `${index === 0 ? '# TYPE h histogram\n' : ''}h_bucket{a="${index}",le="+Inf"} 1\n`,
}

export const largeShapes: readonly string[] = [
  ...shapes.map(({ name }) => name),
  ...Object.keys(countedShapes),
]

export function largeBody(shape: string, length: number): Uint8Array {
  const same = shapes.find(({ name }) => name === shape)
  if (same !== undefined) {
    const { unit, start = '', end = '' } = same
    const middle = Buffer.alloc(length - start.length - end.length, Buffer.from(unit, 'latin1'))
    return Buffer.concat([Buffer.from(start), middle, Buffer.from(end)])
  }
  const body = Buffer.alloc(length, '\n')
  const piece = countedShapes[shape]
  for (let index = 0, at = 0; piece !== undefined; index++) {
    const text = piece(index)
    if (at + text.length > length) break
    at += body.write(text, at, 'latin1')
  }
  return body
}
