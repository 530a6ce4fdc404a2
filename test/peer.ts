/** Finds the original programs that some tests run beside ours, and skips those tests with the cure. */
import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'vitest'

export type PeerName =
  | 'nginx'
  | 'openssl'
  | 'jq'
  | 'prometheus'
  | 'promtool'
  | 'chromium'
  | 'mkfs.btrfs'
  | 'prometheus-node-exporter'
  | 'prometheus-nginx-exporter'
  | 'prometheus-pushgateway'

/** Full path of an installed peer; servers live in sbin, which a user's PATH may lack. */
export function peer(name: PeerName): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const paths = folders.filter((folder) => folder !== '').map((folder) => join(folder, name))
  return paths.find((path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isFile() === true && (found.mode & 0o111) !== 0
  })
}

/** A test that gets the peer's path; skipped where it is not installed, and then its name says the cure. */
export function testWithPeer(
  name: PeerName,
  title: string,
  body: (path: string) => Promise<void> | void,
  timeoutMs = 30_000,
): void {
  const path = peer(name)
  if (path === undefined) test.skip(`${title} (${name} is not installed: npm run peers)`)
  else test(title, () => body(path), timeoutMs)
}
