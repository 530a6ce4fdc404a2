/** What the mutations start from: the rows of the corpus where it is there, and pages of our own. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Longer rows are cut: a long input is no more likely to find something, and slower. */
const longestSeed = 2000

/** By format, so that each gets its share; of the rows that are valid twice as many. */
export function seeds(): (readonly Uint8Array[])[] {
  const root = join(import.meta.dirname, '..', '..', '..')
  const folder = resolve(
    process.env['NARTHEX_SHARED'] ?? join(root, 'shared'),
    'corpora/exposition',
  )
  const groups = ['text', 'openmetrics', 'protobuf'].map((kind) => {
    const file = join(folder, `train.${kind}.jsonl`)
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').flatMap(inputs) : []
  })
  return [...groups.filter((group) => group.length > 0), own]
}

function inputs(row: string): Uint8Array[] {
  const { input, input_b64, valid } = JSON.parse(row) as {
    input?: string
    input_b64?: string
    valid: boolean
  }
  const whole = input === undefined ? Buffer.from(input_b64 ?? '', 'base64') : Buffer.from(input)
  const bytes = whole.subarray(0, longestSeed)
  return valid ? [bytes, bytes] : [bytes]
}

const own: readonly Uint8Array[] = [
  '# HELP a_total x\n# TYPE a_total counter\na_total{b="c",d="\\\\\\n\\""} 1e+06 1700000000000\n',
  '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n',
  '# TYPE s summary\ns{quantile="0.5"} NaN\ns_sum 1\ns_count 1\n{"a.b",c="d"} 1\n',
  '# TYPE a counter\n# UNIT a_s s\na_total{b="c"} 1.0 1.5 # {t="x"} 0.5 1.5\na_created 1\n# EOF\n',
  '# TYPE h histogram\nh_bucket{le="1.0"} 1 # {a="b"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n',
].map((page) => Buffer.from(page))
