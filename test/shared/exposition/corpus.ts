/** Reads the exposition corpora of the shared folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The cases of one corpus file, one JSON object a line. */
export function corpusCases<T>(folder: string, kind: string): T[] {
  const text = readFileSync(join(folder, 'corpora', 'exposition', `train.${kind}.jsonl`), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}
