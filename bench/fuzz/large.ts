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
  'metadata of one family': () => '# HELP a b\n',
  'help and type of as many families': (index) =>
    `# HELP a${index.toString(36)} b\n# TYPE a${index.toString(36)} gauge\n`,
  'one sample of many labels': (index) => `${index === 0 ? 'a{' : ','}b${index.toString(36)}="c"`,
  'one histogram of many buckets': (index) =>
    `${index === 0 ? '# TYPE h histogram\n' : ''}h_bucket{le="${index}"} ${index}\n`,
  'as many histograms': (index) =>
    `${index === 0 ? '# TYPE h histogram\n' : ''}h_bucket{a="${index}",le="+Inf"} 1\n`,
}

/** Protobuf: messages that are as many as there is room for, inside of those that start the body. */
const protobufShapes: Readonly<Record<string, (index: number) => Uint8Array>> = {
  'protobuf: as many families': (index) => delimited(gaugeFamily(`a${index.toString(36)}`)),
  'protobuf: one family again and again': () => delimited(gaugeFamily('a')),
  'protobuf: families without metrics': (index) =>
    delimited(field(1, Buffer.from(index.toString(36)))),
  'protobuf: groups': () => Buffer.from([0x04, 0x7b, 0x7b, 0x7c, 0x7c]),
  'protobuf: one family of as many metrics': (index) =>
    field(4, Buffer.concat([label(index), field(2, value)])),
  'protobuf: one metric of as many labels': (index) => label(index),
  'protobuf: one histogram of as many buckets': (index) => field(3, bound(index)),
  'protobuf: one histogram of as many deltas': () => Buffer.from([0x68, 0x02]),
  'protobuf: one histogram of as many spans': () => Buffer.from([0x62, 0x02, 0x10, 0x01]),
}

/** What is around the pieces of such a shape, from the outside to the inside: fields of the family, of the metric. */
const protobufFrames: Readonly<Record<string, readonly number[]>> = {
  'protobuf: one family of as many metrics': [],
  'protobuf: one metric of as many labels': [4],
  'protobuf: one histogram of as many buckets': [4, 7],
  'protobuf: one histogram of as many deltas': [4, 7],
  'protobuf: one histogram of as many spans': [4, 7],
}

const value = Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])

function gaugeFamily(name: string): Uint8Array {
  return Buffer.concat([
    field(1, Buffer.from(name)),
    Buffer.from([0x18, 1]),
    field(4, field(2, value)),
  ])
}

function label(index: number): Uint8Array {
  const text = Buffer.from(index.toString(36))
  return field(1, Buffer.concat([field(1, Buffer.from(`a${text}`)), field(2, text)]))
}

function bound(index: number): Uint8Array {
  const bytes = Buffer.alloc(9, 0x11)
  bytes.writeDoubleLE(index, 1)
  return bytes
}

function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([number * 8 + 2]), delimited(content)])
}

function delimited(content: Uint8Array): Uint8Array {
  const length: number[] = []
  let rest = content.length
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([...length, rest]), content])
}

export const largeShapes: readonly string[] = [
  ...shapes.map(({ name }) => name),
  ...Object.keys(countedShapes),
  ...Object.keys(protobufShapes),
]

export function largeBody(shape: string, length: number): Uint8Array {
  const same = shapes.find(({ name }) => name === shape)
  if (same !== undefined) {
    const { unit, start = '', end = '' } = same
    const middle = Buffer.alloc(length - start.length - end.length, Buffer.from(unit, 'latin1'))
    return Buffer.concat([Buffer.from(start), middle, Buffer.from(end)])
  }
  const message = protobufShapes[shape]
  if (message !== undefined) return protobufBody(message, protobufFrames[shape], length)
  const body = Buffer.alloc(length, '\n')
  const piece = countedShapes[shape]
  for (let index = 0, at = 0; piece !== undefined; index++) {
    const text = piece(index)
    if (at + text.length > length) break
    at += body.write(text, at, 'latin1')
  }
  return body
}

function protobufBody(
  message: (index: number) => Uint8Array,
  frames: readonly number[] | undefined,
  length: number,
): Uint8Array {
  // Lengths and tags of the frames take some bytes.
  const body = Buffer.alloc(length - 64)
  let end = 0
  for (let index = 0; ; index++) {
    const piece = message(index)
    if (end + piece.length > body.length) break
    body.set(piece, end)
    end += piece.length
  }
  let content: Uint8Array = body.subarray(0, end)
  if (frames === undefined) return content
  for (const number of frames.toReversed()) content = field(number, content)
  const type = frames.includes(7) ? 4 : 1
  return delimited(Buffer.concat([field(1, Buffer.from('m')), Buffer.from([0x18, type]), content]))
}
