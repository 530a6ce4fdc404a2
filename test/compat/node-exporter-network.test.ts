/**
 * Our node-exporter beside Debian's in a network namespace of their own: qdiscs of several kinds, routes
 * of both families in several tables, sockets that stay as they are.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { only } from '../exporters/node/machine.ts'
import { testWithPeer } from '../peer.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'

const main = join(import.meta.dirname, '../../exporters/node/main.ts')

/** What is in the namespace. Nothing in it changes by itself: the slow qdisc sends a byte a second. */
const network = `
ip link set lo up
ip link add v0 numtxqueues 2 numrxqueues 2 type veth peer name v1
ip link add v2 type veth peer name v3
for i in 0 1 2 3; do
  echo 0 > /proc/sys/net/ipv6/conf/v$i/accept_dad
  echo 0 > /proc/sys/net/ipv6/conf/v$i/router_solicitations
done
ip addr add 10.1.0.1/24 dev v0
ip addr add fd00:1::1/64 dev v0
ip addr add 10.2.0.1/24 dev v2
for i in 0 1 2 3; do ip link set v$i up; done
ip route add default via 10.1.0.254
ip route add 10.9.0.0/16 via 10.1.0.9 metric 55 proto static
ip route add 10.8.0.0/16 table 100 via 10.1.0.9 src 10.1.0.1 proto bgp
ip route add 10.7.0.0/16 nexthop via 10.1.0.9 weight 3 nexthop via 10.2.0.9 weight 5
ip route add 10.6.1.1 dev v2 proto 99
ip route add blackhole 10.66.0.0/16
ip route add unreachable 10.67.0.0/16
ip -6 route add default via fd00:1::fe table 200
ip -6 route add 2001:db8:0:1::/64 via fd00:1::9 metric 7 proto 42
ip -6 route add 2001:db8:2::/48 nexthop via fd00:1::9 nexthop via fd00:1::a
ip -6 route add blackhole 2001:db8:dead::/48
tc qdisc add dev v0 root handle 1: mq
tc qdisc add dev v0 parent 1:1 handle 11: pfifo limit 9
tc qdisc add dev v0 ingress
tc qdisc add dev v1 root tbf rate 1mbit burst 1600 limit 3000
tc qdisc add dev v2 root handle 1: htb default 1
tc class add dev v2 parent 1: classid 1:1 htb rate 8bit burst 1500
tc qdisc add dev v2 parent 1:1 pfifo limit 5
ip neigh add 10.2.0.9 lladdr 02:00:00:00:00:09 dev v2
for i in 1 2 3 4 5 6 7 8 9; do echo "packet $i" > /dev/udp/10.2.0.9/9; done
`

/** Runs commands in a namespace that ends with them. */
class Namespace implements Disposable {
  readonly #holder = spawn('unshare', ['-n', 'sleep', '60'], { stdio: 'ignore' })
  readonly #children = [this.#holder]

  /** Standard output of a script. Throws what it says when it fails. */
  run(script: string): string {
    const args = [...this.#enter(), 'bash', '-ec', script]
    return execFileSync('nsenter', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  start(command: string, args: readonly string[]): void {
    this.#children.push(spawn('nsenter', [...this.#enter(), command, ...args], { stdio: 'ignore' }))
  }

  async isThere(): Promise<void> {
    const outside = readlinkSync('/proc/self/ns/net')
    const inside = (): string => readlinkSync(`/proc/${this.#holder.pid}/ns/net`)
    await waitFor('the namespace', () => inside() !== outside)
  }

  #enter(): string[] {
    return ['-t', `${this.#holder.pid}`, '-n']
  }

  [Symbol.dispose](): void {
    for (const child of this.#children.reverse()) child.kill()
  }
}

const probe = 'ip link add v0 type veth peer name v1 && tc qdisc add dev v0 root htb && ss -tn'
const canTry = spawnSync('unshare', ['-n', 'bash', '-c', probe]).status === 0
const title =
  "by netlink, the same as Debian's node exporter in a network of qdiscs, routes and sockets"

if (!canTry) test.skip(`${title} (takes root, iproute2, and a kernel with veth and htb)`)
else testWithPeer('prometheus-node-exporter', title, compare, 60_000)

/** Both ends of two connections, one of each family, with bytes that nobody reads. */
const sockets = `
const { createServer, connect } = require('node:net')
for (const host of ['127.0.0.1', '::1']) {
  const server = createServer({ pauseOnConnect: true }).listen(0, host, () => {
    connect(server.address().port, host).write('x'.repeat(5000))
  })
}`

async function compare(binary: string): Promise<void> {
  using folder = temporaryFolder()
  using namespace = new Namespace()
  await namespace.isThere()
  namespace.run(network)
  const names = ['network_route', 'qdisc', 'tcpstat']
  const [path, pathWithoutFfi] = [join(folder.path, 'netlink'), join(folder.path, 'files')]
  // Ours listen on paths: asking them leaves no TCP sockets behind.
  const ours = (listenPath: string): string[] => [
    main,
    ...only(...names),
    `--web.listen-address=unix:${listenPath}`,
  ]
  namespace.start(process.execPath, ['-e', sockets])
  namespace.start(binary, ['--web.listen-address=127.0.0.1:9100', ...only(...names)])
  namespace.start(process.execPath, ours(path))
  namespace.start(process.execPath, ['--no-experimental-ffi', ...ours(pathWithoutFfi)])
  await waitFor('sockets', () => /ESTAB(.*\n)*.*ESTAB.*\[/.test(namespace.run('ss -tn')))
  const { theirs, page } = await waitFor('a moment without traffic', async () => {
    const before = await samples(path)
    const theirs = original(namespace)
    const page = await samples(path)
    const isQuiet = before.every((line) => isTcp(line) || page.includes(line))
    return isQuiet && { theirs, page }
  })
  expect(page.filter((line) => !isTcp(line))).toEqual(theirs.filter((line) => !isTcp(line)))
  expect(page.filter((line) => line.startsWith('node_network_route_info'))).toHaveLength(17)
  const dropped = page.find((line) => line.startsWith('node_qdisc_drops_total{device="v2"'))
  expect(Number(dropped?.split(' ').at(-1))).toBeGreaterThan(0)
  // Of sockets: what does not change when Debian's is asked, by TCP.
  const still = /"(listen|rx_queued_bytes)"/
  expect(page.filter((line) => still.test(line))).toEqual(theirs.filter((line) => still.test(line)))
  expect(page).toContain('node_tcp_connection_states{state="rx_queued_bytes"} 10000')
  const fromFiles = await waitFor('ours without ffi', () => samples(pathWithoutFfi))
  expect(page.filter(isTcp)).toEqual(fromFiles.filter(isTcp))
}

function isTcp(line: string): boolean {
  return line.startsWith('node_tcp_')
}

function original(namespace: Namespace): string[] {
  const script =
    "fetch('http://127.0.0.1:9100/metrics').then(async (r) => console.log(await r.text()))"
  return onlySamples(namespace.run(`${process.execPath} -e "${script}"`))
}

async function samples(socketPath: string): Promise<string[]> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path: '/metrics' }, resolve).on('error', reject)
  })
  return onlySamples(await text(response))
}

function onlySamples(page: string): string[] {
  return page.split('\n').filter((line) => /^node_(network|qdisc|tcp)_/.test(line))
}
