/**
 * One file of the machine is spoilt, whichever and however: every collector goes on, the page stays one
 * that a strict reader takes, whoever does not read the file says what it said before, and all is well
 * again when the file is. NARTHEX_RUNS and NARTHEX_SEED make it more and other files.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collectors as all } from '../../../exporters/node/collectors/index.ts'
import { decodeText } from '../../../shared/exposition/decode-text.ts'
import { describeShared } from '../../shared-folder.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fakeKernel } from './fake-kernel.ts'
import { fakeMachine, startMachine, withoutDurations } from './machine.ts'
import { spoil, ways } from './mutate-file.ts'
import { Reads } from './reads.ts'

const seed = Number(process.env['NARTHEX_SEED'] ?? 20261128)
const runs = Number(process.env['NARTHEX_RUNS'] ?? 30)
const nobody = 65534

/** Their numbers come from programs and counters of the real machine; processes_top adds up what it saw before. */
const others = ['hardware', 'logind', 'perf', 'processes_top', 'systemd']
const collectors = all.filter(({ name }) => !others.includes(name))

/** Each run is two scrapes of all collectors; the limit is for a machine that is busy with other tests. */
const timeoutMs = 300_000

test(
  'whatever becomes of a file of the fake machine, the rest of the page is as it was',
  () =>
    checkMachine((root) => cpSync(fakeMachine, root, { recursive: true, verbatimSymlinks: true })),
  timeoutMs,
)

describeShared("the original's fixtures", (shared) => {
  test(
    "whatever becomes of a file of the original's fixtures, the rest is as it was",
    () =>
      checkMachine((root) => {
        execFileSync('tar', ['-xzf', join(shared, 'fixtures/node/fixtures.tar.gz'), '-C', root])
      }),
    timeoutMs,
  )
})

async function checkMachine(fill: (root: string) => void): Promise<void> {
  using folder = temporaryFolder()
  chmodSync(folder.path, 0o755) // for nobody
  const root = join(realpathSync(folder.path), 'machine')
  mkdirSync(root)
  fill(root)
  const reads = new Reads(root)
  const machine = startMachine({
    root,
    collectors: reads.watch(collectors),
    args: args(root),
    libc: fakeKernel,
  })
  const before = await machine.scrapeParts()
  const isRead = (file: string): boolean =>
    [...machine.enabled].some((name) => reads.asked(name, file))
  const files = filesBelow(root).filter(isRead).sort()
  const property = fc.asyncProperty(
    fc.nat(),
    fc.constantFrom(...Object.entries(ways)),
    fc.infiniteStream(fc.nat()),
    async (file, [name, way], numbers) => {
      const path = files[file % files.length] ?? ''
      const choose = (bound: number): number => Number(numbers.next().value) % bound
      const what = `${path}: ${name}`
      using _ = spoil(path, folder.path, way, choose)
      const spoilt = await asNobody(name === 'unreadable', () => machine.scrapeParts())
      decodeText(spoilt.page)
      for (const [collector, part] of spoilt.parts) {
        if (reads.asked(collector, path)) continue
        expect(steady(part), `${what}: ${collector} does not read it`).toBe(
          steady(before.parts.get(collector) ?? ''),
        )
      }
    },
  )
  await fc.assert(property, { seed, numRuns: runs })
  const after = await machine.scrapeParts()
  expect(steady(after.page)).toBe(steady(before.page))
}

/** Links are not followed: some lead back up. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}

/** All collectors, and what makes some of them read more. */
function args(root: string): string[] {
  return [
    ...collectors.map(({ name }) => `--collector.${name}`),
    '--collector.bcache.priorityStats',
    '--collector.pcidevice.names',
    `--collector.pcidevice.idsfile=${join(root, 'pci.ids')}`,
    '--collector.cpu.info',
    '--collector.stat.softirq',
    '--collector.timeout=600s',
    '--collector.sysctl.include=fs.file-nr',
    '--collector.sysctl.include-info=kernel.seccomp.actions_avail',
    `--collector.textfile.directory=${join(root, 'textfiles')}`,
  ]
}

/** Root may read everything, so for a while we are somebody else. */
async function asNobody<T>(isNeeded: boolean, run: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process
  if (!isNeeded || geteuid?.() !== 0 || seteuid === undefined) return await run()
  seteuid(nobody)
  try {
    return await run()
  } finally {
    seteuid(0)
  }
}

/** The page without what time and the real machine change. */
function steady(page: string): string {
  return withoutDurations(page).replace(
    /^(node_time_seconds|node_time_zone_offset_seconds|node_filesystem_\w*(?:avail|free)\w*\{.*\}) .*/gm,
    '$1 MASKED',
  )
}
