/**
 * `npm run build`: each exporter as one CommonJS file in dist/, with all that it needs inside. A host runs
 * these and not the sources: stripping types costs 18 MB of memory for the life of a process.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const programs = {
  'node-exporter': 'exporters/node/main.ts',
  'nginx-exporter': 'exporters/nginx/main.ts',
  // The node-exporter starts it, from its own folder, for the hardware inventory and on systems without /proc.
  'systeminformation-process': 'exporters/node/systeminformation-process.ts',
}

/** How sources read a text that lies beside them. */
const readsText = /readFileSync\(join\(import\.meta\.dirname, '([^']+)'\), 'utf8'\)/g

/** Puts those texts into the bundle, as there is nothing beside it. */
const textsInside: Plugin = {
  name: 'texts-inside',
  setup({ onLoad }) {
    onLoad({ filter: /shared\/.*\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replace(readsText, (_, name: string) =>
        JSON.stringify(readFileSync(join(dirname(path), name), 'utf8')),
      )
      return { contents, loader: 'ts' }
    })
  },
}

await build({
  entryPoints: programs,
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  // Names stay, for stack traces; blanks and comments would only be read, at each start.
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [textsInside],
  logLevel: 'info',
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  // What else is left of import.meta would be undefined when it runs: it fails the build instead.
  logOverride: { 'empty-import-meta': 'error' },
})
