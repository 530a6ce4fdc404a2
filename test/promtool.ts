/** What promtool complains of in a page, but for the names that we owe to the original. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Line by line; empty for a page that promtool finds nothing wrong with. node_exporter's names (`node_memory_MemFree_bytes`,
 * `node_entropy_available_bits`) break promtool's own rules and are kept, since dashboards ask for them.
 * A missing help or a page that cannot be read is a complaint whatever the name.
 */
export async function complaintsOf(promtool: string, page: string): Promise<string[]> {
  const child = spawn(promtool, ['check', 'metrics'])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  child.stdin.end(page)
  await once(child, 'close')
  const owed = /^node_\w+ (?!no help text)/
  return output.split('\n').filter((line) => line !== '' && !owed.test(line))
}
