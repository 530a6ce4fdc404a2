/**
 * `npm run bench`: ours beside the Debian originals in the same run, in CPU seconds, as ratios.
 * `npm run bench -- --write` puts the table into bench/RESULTS.md; names (`node-scrape
 * http-scrape`) run only those.
 */
import { writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { benchExposition } from './peers/exposition.ts'
import { benchHttpScrape } from './peers/http-scrape.ts'
import { benchIngest } from './peers/ingest.ts'
import { benchNodeBigHost } from './peers/node-big-host.ts'
import { benchNodeBundle } from './peers/node-bundle.ts'
import { benchNodeDefault } from './peers/node-default.ts'
import { benchNodeScrape } from './peers/node-scrape.ts'
import { benchPushes } from './peers/pushes.ts'
import { type Row, writeTable } from './peers/row.ts'

const benches = {
  'node-scrape': benchNodeScrape,
  'node-default': benchNodeDefault,
  'node-big-host': benchNodeBigHost,
  'node-bundle': benchNodeBundle,
  pushes: benchPushes,
  ingest: benchIngest,
  'http-scrape': benchHttpScrape,
  exposition: benchExposition,
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const rows: Row[] = []
for (const [name, bench] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue
  console.error(`measuring ${name} …`)
  rows.push(...(await bench()))
  // After each, so that a long run that is stopped has not been for nothing.
  if (process.argv.includes('--write')) writeFileSync('bench/RESULTS.md', report(writeTable(rows)))
}
console.log(writeTable(rows))

function report(table: string): string {
  return `# Beside the originals

\`npm run peers\` installs the originals (Debian packages), \`npm run bench -- --write\` makes this table:
both sides run on this machine in the same run, and CPU seconds (user and system, all threads) are compared,
as wall time says more about the neighbours than about the program.

${table}

${cpus().length} cores of ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.
The originals are Debian 12's: node_exporter 1.5.0, Pushgateway 1.5.1, Prometheus 2.42.0.
`
}
