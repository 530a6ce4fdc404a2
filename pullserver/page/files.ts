/** The page's files, read once at start: a handful of static texts and uPlot from its package. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type PageFile = { readonly contentType: string; readonly body: Buffer }

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** File name to content, for everything the page asks of this server besides the API. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = import.meta.dirname
  const uplot = dirname(fileURLToPath(import.meta.resolve('uplot')))
  const paths = [
    ...readdirSync(folder).map((name) => join(folder, name)),
    join(uplot, 'uPlot.esm.js'),
    join(uplot, 'uPlot.min.css'),
  ]
  const files = new Map<string, PageFile>()
  for (const path of paths) {
    const contentType = contentTypes[extname(path)]
    if (contentType === undefined) continue
    files.set(path.slice(path.lastIndexOf('/') + 1), { contentType, body: readFileSync(path) })
  }
  return files
}
