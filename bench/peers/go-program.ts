/** Builds bench/go with Debian's Go packages, where they are installed. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Debian's packages of Go libraries. */
const gopath = '/usr/share/gocode'

/** Path of the program; undefined, and a line that says why, where it cannot be built. */
export function goProgram(): string | undefined {
  if (!existsSync(join(gopath, 'src/github.com/prometheus/client_golang'))) {
    console.error(
      "leaving out Go's promhttp and expfmt: apt-get install --no-install-recommends golang-go " +
        'golang-github-prometheus-client-golang-dev golang-github-prometheus-common-dev',
    )
    return undefined
  }
  const program = join(mkdtempSync(join(tmpdir(), 'narthex-bench-')), 'exposition')
  const built = spawnSync(
    'go',
    ['build', '-o', program, join(import.meta.dirname, '../go/exposition.go')],
    {
      env: { ...process.env, GOPATH: gopath, GO111MODULE: 'off', GOFLAGS: '' },
      encoding: 'utf8',
    },
  )
  if (built.status === 0) return program
  console.error(`leaving out Go's promhttp and expfmt: ${built.error?.message ?? built.stderr}`)
  return undefined
}
