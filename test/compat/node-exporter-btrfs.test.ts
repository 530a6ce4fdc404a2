/**
 * A real btrfs, asked by our node-exporter and by Debian's: in namespaces of its own, so that the mount
 * and its loop device go with them.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../free-ports.ts'
import { peer, testWithPeer } from '../peer.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'

const flags = ['--collector.disable-defaults', '--collector.btrfs']

const script = `
  mount -t btrfs -o loop "$IMAGE" "$MOUNT" || exit 1
  "$ORIGINAL" --web.listen-address=127.0.0.1:$THEIR_PORT ${flags.join(' ')} &
  "$NODE" exporters/node/main.ts --web.listen-address=127.0.0.1:$OUR_PORT ${flags.join(' ')} &
  wait
`

/** TYPE lines and samples; the commits came after 1.5. */
async function scrape(port: number | undefined): Promise<string[]> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const lines = page.split('\n').filter((line) => /^(# TYPE )?node_btrfs_/.test(line))
  return lines.filter((line) => !/node_btrfs_(commit|last_commit|max_commit)/.test(line)).sort()
}

/** It takes root, a kernel with btrfs, and loop devices. */
function mayMount(): boolean {
  const kernel = readFileSync('/proc/filesystems', 'utf8')
  if (!kernel.includes('btrfs') || !existsSync('/dev/loop-control')) return false
  return spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0
}

const original = peer('prometheus-node-exporter')

if (original === undefined || !mayMount()) {
  test.skip('btrfs beside the original needs it, root, a kernel with btrfs and loop devices', () => {})
} else {
  testWithPeer(
    'mkfs.btrfs',
    "a btrfs shows as in Debian's node exporter, devices included",
    async (mkfs) => {
      using folder = temporaryFolder()
      const image = join(folder.path, 'image')
      const mount = join(folder.path, 'mount')
      mkdirSync(mount)
      writeFileSync(image, '')
      truncateSync(image, 200 * 1024 * 1024)
      execFileSync(mkfs, ['-q', '-L', 'demo', image], { stdio: 'ignore' })
      const [theirPort, ourPort] = await freePorts(2)
      const child = spawn(
        'unshare',
        ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script],
        {
          stdio: 'ignore',
          env: {
            ...process.env,
            IMAGE: image,
            MOUNT: mount,
            ORIGINAL: original,
            NODE: process.execPath,
            THEIR_PORT: String(theirPort),
            OUR_PORT: String(ourPort),
          },
        },
      )
      try {
        const theirs = await waitFor("Debian's node exporter", () => scrape(theirPort))
        const ours = await waitFor('our node exporter', () => scrape(ourPort))
        expect(ours).toEqual(theirs)
        expect(ours.filter((line) => line.startsWith('node_btrfs_device_errors'))).toHaveLength(5)
      } finally {
        const { promise: gone, resolve } = Promise.withResolvers<void>()
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
        await gone
      }
    },
    60_000,
  )
}
