/** Any kernel parameter that the operator names, numbers as samples and texts as labels. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'

const info = family('gauge', 'node_sysctl_info', 'The words of a kernel parameter, as labels.', [
  'name',
  'value',
  'index',
])

type Parameter = { readonly name: string; readonly keys: readonly string[] }

export default defineCollector({
  name: 'sysctl',
  enabled: false,
  help: 'Kernel parameters of your choice, from /proc/sys.',
  flags: {
    include: {
      help: 'A parameter with numbers, such as fs.file-nr or fs.file-nr:total,current,max. Repeatable.',
      default: [] as readonly string[],
    },
    'include-info': {
      help: 'A parameter with words, shown as labels. Repeatable.',
      default: [] as readonly string[],
    },
  },
  families: [info, indexedFamily('<name>'), singleFamily('<name>_<key>')],
  start: ({ flags }) => ({
    numbers: flags.include.map(parseParameter),
    texts: flags['include-info'].map(parseParameter),
  }),
  collect({ host, out, state: { numbers, texts } }) {
    const read = ({ name }: Parameter): string[] => {
      const text = host
        .proc(`sys/${name.replaceAll('.', '/')}`)
        .toString()
        .trim()
      return text === '' ? [] : text.split(/\s+/)
    }
    for (const parameter of numbers) addNumbers(parameter, read(parameter), out)
    for (const parameter of texts) {
      for (const [index, word] of read(parameter).entries()) {
        out.add(info, 1, parameter.name, word, `${index}`)
      }
    }
  },
})

/** `name` or `name:key,key`. */
function parseParameter(flag: string): Parameter {
  const colon = flag.indexOf(':')
  if (colon < 0) return { name: flag, keys: [] }
  return { name: flag.slice(0, colon), keys: flag.slice(colon + 1).split(',') }
}

function addNumbers({ name, keys }: Parameter, words: readonly string[], out: Out): void {
  const values = words.map((word) => parseInteger(name, word))
  if (keys.length > 0) {
    if (values.length < 2 || values.length !== keys.length) {
      throw new SyntaxError(
        `sysctl ${name}: expected as many values as keys (${keys.length}), got ${values.length}`,
      )
    }
    for (const [index, key] of keys.entries()) {
      out.add(singleFamily(`${name}_${key}`), values[index] ?? 0)
    }
  } else if (values.length === 1) out.add(singleFamily(name), values[0] ?? 0)
  else {
    for (const [index, value] of values.entries()) out.add(indexedFamily(name), value, `${index}`)
  }
}

function singleFamily(name: string) {
  return family('unknown', `node_sysctl_${familyName(name)}`, `Kernel parameter ${name}.`, [])
}

function indexedFamily(name: string) {
  const help = `Numbers of kernel parameter ${name}.`
  return family('unknown', `node_sysctl_${familyName(name)}`, help, ['index'])
}

/** `fs.file-nr` becomes `fs_file_nr`. */
function familyName(name: string): string {
  return name.startsWith('<') ? name : name.replace(/_*[^0-9A-Za-z_]+_*/g, '_')
}

/** An integer in decimal, hexadecimal (0x) or octal (leading 0). */
function parseInteger(name: string, word: string): number {
  const [, sign, digits = ''] =
    /^([-+]?)(0x[\da-f]+|0b[01]+|0o?[0-7]+|0|[1-9]\d*)$/i.exec(word) ?? []
  if (digits === '') {
    throw new SyntaxError(
      `sysctl ${name}: expected an integer, got ${JSON.stringify(word)}: use include-info for words`,
    )
  }
  const value = Number(digits.replace(/^0o?(?=[0-7])/i, '0o'))
  return sign === '-' ? -value : value
}
