/**
 * OpenMetrics 1.0 to families by the strict rules of the reference parser (client_python), which
 * checks what Prometheus lets pass: suffixes, order of lines, buckets, values, lengths. Its accidents
 * that let pages through are kept too (blanks inside braces, any one character behind them), as a
 * page is valid when the reference takes it. The scrape of the pull server is scrape.ts.
 */

import { isUtf8 } from 'node:buffer'
import { unescaped } from './escapes.ts'
import type { MetricFamily, MetricType } from './family.ts'
import { isValidMetricName } from './names.ts'
import { OpenFamily } from './openmetrics-family.ts'
import { readSampleLine } from './openmetrics-line.ts'
import { readNativeLine } from './openmetrics-native.ts'
import { indexUnquoted, Refused, shown, unquote } from './openmetrics-words.ts'
import { ParseError } from './parse-error.ts'

/**
 * Families in order of appearance, also those that have metadata only. Names and labels are as
 * written, times exact to the nanosecond but for those of samples, which are cut to milliseconds.
 * Throws ParseError with the line.
 */
export function decodeOpenMetrics(body: Uint8Array | string): MetricFamily[] {
  const text = typeof body === 'string' ? body : decodeUtf8(body)
  const reader = new PageReader()
  let number = 0
  try {
    for (let at = 0; at < text.length; ) {
      number++
      const end = text.indexOf('\n', at)
      const next = end === -1 ? text.length : end
      reader.readLine(text.slice(at, next), number)
      at = next + 1
    }
    return reader.finish(number)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw parseError(error.message, error.line ?? number)
  }
}

function parseError(reason: string, line: number): ParseError {
  return new ParseError(`openmetrics parsing error in line ${line}: ${reason}`, line)
}

function decodeUtf8(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (isUtf8(bytes)) return bytes.toString()
  let line = 0
  for (let at = 0; at < bytes.length; ) {
    line++
    const end = bytes.indexOf('\n', at)
    const next = end === -1 ? bytes.length : end
    if (!isUtf8(bytes.subarray(at, next))) break
    at = next + 1
  }
  throw parseError('the line is not valid UTF-8', line)
}

const types: ReadonlySet<string> = new Set<MetricType>([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
])

class PageReader {
  readonly #finished: MetricFamily[] = []
  /** Family and sample names of the families so far. */
  readonly #taken = new Set<string>()
  #family: OpenFamily | undefined
  #isEnded = false

  /** Throws Refused. */
  readLine(line: string, number: number): void {
    if (this.#isEnded) throw new Refused('nothing may come after # EOF')
    if (line === '') throw new Refused('blank lines are not allowed')
    if (line === '# EOF') this.#isEnded = true
    else if (line.startsWith('#')) this.#readMetadata(line, number)
    else this.#readSample(line, number)
  }

  finish(lastLine: number): MetricFamily[] {
    this.#finishFamily()
    if (!this.#isEnded) throw new Refused('the page does not end with # EOF', Math.max(lastLine, 1))
    return this.#finished
  }

  #readMetadata(line: string, number: number): void {
    const words = splitMetadata(line)
    if (words === undefined) {
      throw new Refused(`expected # HELP, # TYPE, # UNIT or # EOF, got ${shown(line)}`)
    }
    const [keyword, nameWord, text] = words
    const { text: name, isQuoted } = unquote(nameWord)
    if (!isQuoted && !isValidMetricName(name, 'legacy')) {
      throw new Refused(`invalid metric name ${shown(name)}`)
    }
    let family = this.#family
    if (family?.name !== name) {
      this.#finishFamily()
      family = new OpenFamily(name, number)
      this.#family = family
    } else if (family.hasSamples) {
      throw new Refused(`metadata of ${shown(name)} must come before its samples`)
    }
    if (keyword === 'HELP') {
      once(family.help, keyword, name)
      family.help = unescaped(text)
    } else if (keyword === 'TYPE') {
      once(family.type, keyword, name)
      if (!types.has(text)) throw new Refused(`invalid metric type ${shown(text)}`)
      family.type = text as MetricType
    } else if (keyword === 'UNIT') {
      once(family.unit, keyword, name)
      family.unit = text
    } else {
      throw new Refused(`expected HELP, TYPE, UNIT or EOF after #, got ${shown(keyword)}`)
    }
  }

  #readSample(line: string, number: number): void {
    if (this.#family?.type === 'histogram') {
      const native = readNativeLine(line)
      if (native !== undefined) {
        this.#family.addNative(native)
        return
      }
    }
    const sample = readSampleLine(line)
    let suffix = this.#family?.suffixOf(sample.name)
    if (this.#family === undefined || suffix === undefined) {
      this.#finishFamily()
      this.#family = undeclaredFamily(sample.name, number)
      suffix = ''
    }
    this.#family.add(sample, suffix, number)
  }

  #finishFamily(): void {
    const family = this.#family
    if (family === undefined) return
    for (const name of family.reservedNames) {
      if (this.#taken.has(name)) {
        throw new Refused(`the name ${shown(name)} belongs to another family already`, family.line)
      }
      this.#taken.add(name)
    }
    this.#finished.push(family.finish())
  }
}

/** Samples without TYPE make a family of type unknown, whose name must be a plain one. */
function undeclaredFamily(sampleName: string, line: number): OpenFamily {
  const { text, isQuoted } = unquote(sampleName)
  // The reference replaces escapes a second time here, and then lets a line feed stand at the end.
  const again = unescaped(text).replace(/\n$/, '')
  if (!isQuoted && !isValidMetricName(again, 'legacy')) {
    throw new Refused(`metric name ${shown(text)} needs a # TYPE line, as it is not a plain one`)
  }
  const family = new OpenFamily(text, line, sampleName)
  family.type = 'unknown'
  return family
}

function once(before: string | undefined, keyword: string, name: string): void {
  if (before !== undefined) throw new Refused(`a second ${keyword} for metric name ${shown(name)}`)
}

/** Keyword, name and text of `# KEYWORD name text`; blanks between them may be several. */
function splitMetadata(line: string): [keyword: string, name: string, text: string] | undefined {
  const words: string[] = []
  let at = 0
  while (words.length < 3) {
    while (line[at] === ' ') at++
    const end = indexUnquoted(line, ' ', at)
    if (end === -1) return undefined
    words.push(line.slice(at, end))
    at = end + 1
  }
  while (line[at] === ' ') at++
  const [, keyword = '', name = ''] = words
  return [keyword, name, line.slice(at)]
}
