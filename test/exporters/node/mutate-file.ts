/** Spoils one file of a fake machine in a way that kernels, disks and operators have come up with. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** Random numbers below a bound, for those ways that have a choice. */
export type Choose = (bound: number) => number

type Way = (file: string, content: Buffer, choose: Choose) => void

const hugeBytes = 10 * 1024 * 1024

function bytes(length: number, make: () => number): Buffer {
  return Buffer.from(Array.from({ length }, make))
}

function repeated(content: Buffer): Buffer {
  return Buffer.alloc(hugeBytes, content.length === 0 ? 'x' : content)
}

/** One number of the file becomes another. */
function otherNumber(content: Buffer, choose: Choose): string {
  const numbers = ['-1', '18446744073709551615', '9'.repeat(400), '1e400', '0x', '1.5', 'NaN', '']
  const text = content.toString('latin1')
  const found = [...text.matchAll(/\d+/g)]
  const at = found[choose(Math.max(1, found.length))]
  if (at === undefined) return numbers[choose(numbers.length)] ?? ''
  const { index } = at
  return text.slice(0, index) + numbers[choose(numbers.length)] + text.slice(index + at[0].length)
}

export const ways: Readonly<Record<string, Way>> = {
  missing: () => undefined,
  empty: (file) => writeFileSync(file, ''),
  'only a line break': (file) => writeFileSync(file, '\n'),
  truncated: (file, content, choose) =>
    writeFileSync(file, content.subarray(0, choose(Math.max(1, content.length)))),
  'one line missing': (file, content, choose) => {
    const lines = content.toString('latin1').split('\n')
    lines.splice(choose(lines.length), 1)
    writeFileSync(file, lines.join('\n'), 'latin1')
  },
  'every line twice': (file, content) =>
    writeFileSync(file, content.toString('latin1').replace(/^.*\n?/gm, '$&$&'), 'latin1'),
  'another number': (file, content, choose) =>
    writeFileSync(file, otherNumber(content, choose), 'latin1'),
  garbage: (file, _, choose) =>
    writeFileSync(
      file,
      bytes(300, () => 0x20 + choose(0x5f)),
    ),
  words: (file, _, choose) =>
    writeFileSync(
      file,
      Array.from({ length: 60 }, () => 'ab 1:{}="\\\n'.split('')[choose(11)]).join(''),
    ),
  binary: (file, _, choose) =>
    writeFileSync(
      file,
      bytes(3000, () => choose(256)),
    ),
  'not UTF-8': (file, content, choose) => {
    for (let i = 0; i < 5; i += 1)
      if (content.length > 0) content[choose(content.length)] = 0x80 + choose(0x80)
    writeFileSync(file, content)
  },
  'letters not UTF-8': (file, content) =>
    writeFileSync(file, content.toString('latin1').replace(/[a-df-wyz]/g, 'ÿ'), 'latin1'),
  NULs: (file, content, choose) => {
    for (let i = 0; i < 5; i += 1) if (content.length > 0) content[choose(content.length)] = 0
    writeFileSync(file, content)
  },
  'all NULs': (file) => writeFileSync(file, Buffer.alloc(5000)),
  'CR LF': (file, content) =>
    writeFileSync(file, content.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
  '10 MB of itself': (file, content) => writeFileSync(file, repeated(content)),
  '10 MB in one line': (file, content) =>
    writeFileSync(
      file,
      repeated(Buffer.from(content.toString('latin1').replaceAll('\n', ' '), 'latin1')),
    ),
  '10 MB of digits': (file) => writeFileSync(file, repeated(Buffer.from('7'))),
  'a folder': (file) => mkdirSync(file),
  'a pipe that nobody writes': (file) => void execFileSync('mkfifo', [file]),
  'a link to itself': (file) => symlinkSync(file, file),
  'a link to nowhere': (file) => symlinkSync('/nonexistent/nowhere', file),
  'a device without end': (file) => symlinkSync('/dev/zero', file),
  unreadable: (file, content) => {
    writeFileSync(file, content)
    chmodSync(file, 0)
  },
}

/**
 * The file is spoilt until this is disposed of; then it is what it was, its times included.
 * @param shelf a folder of the same file system that no collector looks into
 */
export function spoil(file: string, shelf: string, way: Way, choose: Choose): Disposable {
  const content = readFileSync(file)
  const kept = join(shelf, 'kept')
  renameSync(file, kept)
  way(file, content, choose)
  return {
    [Symbol.dispose]() {
      rmSync(file, { recursive: true, force: true })
      renameSync(kept, file)
    },
  }
}
