/** The nginx-exporter as a process: beside a real nginx, beside Debian's exporter, and when started wrongly. */
import { execFileSync, spawn } from 'node:child_process'
import http from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { peer, testWithPeer } from '../peer.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'
import { startNginx } from './nginx.ts'
import { type RunningProgram, runProgram, startProgram } from './program.ts'

const main = 'exporters/nginx/main.ts'

async function get(program: RunningProgram, path = '/metrics'): Promise<string> {
  return (await fetch(program.url + path)).text()
}

/** Samples of these names, without HELP and TYPE. */
function samples(page: string, names: RegExp): string[] {
  return page.split('\n').filter((line) => !line.startsWith('#') && names.test(line))
}

testWithPeer('nginx', 'numbers of a real nginx, its end and its return', async (binary) => {
  await using nginx = await startNginx(binary)
  await using exporter = await startProgram(main, [`--nginx.scrape-uri=${nginx.tcp}`])
  const page = await get(exporter)
  expect(samples(page, /^nginx_/).map((line) => line.replace(/[ {].*/, ''))).toEqual([
    'nginx_connections_accepted',
    'nginx_connections_active',
    'nginx_connections_handled',
    'nginx_connections_reading',
    'nginx_connections_waiting',
    'nginx_connections_writing',
    'nginx_exporter_build_info',
    'nginx_http_requests_total',
    'nginx_up',
  ])
  const requests = (text: string): number =>
    Number(samples(text, /^nginx_http_requests_total/)[0]?.split(' ')[1])
  const before = requests(page)
  for (let i = 0; i < 5; i++) await fetch(nginx.tcp.replace('stub_status', 'x'))
  expect(requests(await get(exporter))).toBe(before + 6) // and the scrape itself

  await nginx.stop()
  for (let i = 0; i < 3; i++) {
    expect(samples(await get(exporter), /^nginx_(up|http|conn)/)).toEqual(['nginx_up 0'])
  }
  await nginx.start()
  expect(samples(await get(exporter), /^nginx_up/)).toEqual(['nginx_up 1'])
  const lines = exporter.stderr().split('\n')
  expect(lines.filter((line) => line.includes('Cannot scrape nginx'))).toHaveLength(1)
  expect(lines.filter((line) => line.includes('Nginx answers again'))).toHaveLength(1)
  expect(await exporter.stop()).toEqual({ code: 0, signal: null })
})

testWithPeer(
  'nginx',
  'the same nginx over TCP, TLS and a unix socket, by address',
  async (binary) => {
    await using nginx = await startNginx(binary)
    const uris = [nginx.tcp, nginx.tls, nginx.unix]
    await using exporter = await startProgram(main, [
      ...uris.map((uri) => `--nginx.scrape-uri=${uri}`),
      '--nginx.ssl-verify',
      `--nginx.ssl-ca-cert=${nginx.certificate}`,
      '--prometheus.const-label=env=test',
    ])
    expect(samples(await get(exporter), /^nginx_up/).sort()).toEqual(
      uris.map((uri) => `nginx_up{addr="${uri}",env="test"} 1`).sort(),
    )
  },
)

testWithPeer(
  'nginx',
  'a certificate that cannot be verified is a reason to be down',
  async (binary) => {
    await using nginx = await startNginx(binary)
    const uri = `--nginx.scrape-uri=${nginx.tls}`
    await using strict = await startProgram(main, [uri, '--nginx.ssl-verify'])
    expect(samples(await get(strict), /^nginx_up/)).toEqual(['nginx_up 0'])
    await strict.logLine(/Cannot scrape nginx.*self-signed certificate/)
    await using lax = await startProgram(main, [uri]) // the default of the original since 1.0
    expect(samples(await get(lax), /^nginx_up/)).toEqual(['nginx_up 1'])
    await lax.logLine(/level=WARN.*certificate of nginx is not verified/)
  },
)

testWithPeer('nginx', 'nginx takes the PROXY protocol header', async (binary) => {
  await using nginx = await startNginx(binary)
  const uri = `--nginx.scrape-uri=${nginx.proxied}`
  await using exporter = await startProgram(main, [uri, '--nginx.proxy-protocol'])
  expect(samples(await get(exporter), /^nginx_up/)).toEqual(['nginx_up 1'])
})

testWithPeer(
  'prometheus-nginx-exporter',
  "families and values are those of Debian's exporter",
  async (theirs) => {
    const binary = peer('nginx')
    if (binary === undefined) throw new Error('nginx is not installed: npm run peers')
    await using nginx = await startNginx(binary)
    await using ours = await startProgram(main, [`--nginx.scrape-uri=${nginx.tcp}`])
    using folder = temporaryFolder()
    const socket = `${folder.path}/their.sock`
    const args = [`-web.listen-address=unix:${socket}`, `-nginx.scrape-uri=${nginx.tcp}`]
    const child = spawn(theirs, args, { stdio: 'ignore' })
    try {
      const wanted = nginxPart(await untilAnswered(socket))
      expect(nginxPart(await get(ours))).toEqual(wanted)
      expect(wanted).toContain('nginx_up 1')
    } finally {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('close', resolve))
    }
  },
)

/** TYPE lines and samples; the numbers that two scrapers move between them are left out. */
function nginxPart(page: string): string[] {
  const lines = page.split('\n').filter((line) => /^(# TYPE )?nginx_(?!exporter)/.test(line))
  return lines.map((line) =>
    line.replace(/^(nginx_(?:http_requests_total|connections_(?!reading)\w+)) \d+$/, '$1 N'),
  )
}

function untilAnswered(socketPath: string): Promise<string> {
  return waitFor(`an answer on ${socketPath}`, () => getBySocket(socketPath))
}

function getBySocket(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path: '/metrics' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    request.on('error', reject)
  })
}

/** Nobody listens there, so these need no nginx. */
const nowhere = '--nginx.scrape-uri=http://127.0.0.1:1/stub_status'

testWithPeer(
  'promtool',
  'promtool finds nothing wrong with the page while nginx is away',
  async (promtool) => {
    await using exporter = await startProgram(main, [nowhere])
    const input = await get(exporter)
    expect(() => execFileSync(promtool, ['check', 'metrics'], { input })).not.toThrow()
  },
)

test('the pages: landing, metrics, all else', async () => {
  await using exporter = await startProgram(main, [nowhere, '--web.telemetry-path=/m'])
  const landing = await get(exporter, '/')
  expect(landing).toContain('<title>NGINX Prometheus Exporter</title>')
  expect(landing).toContain('<a id="metrics" href="/m">Metrics</a>')
  expect(await get(exporter, '/m')).toContain('\nnginx_up 0\n')
  expect(await get(exporter, '/metrics')).toBe('404 page not found\n')
  expect(await get(exporter, '/-/healthy')).toBe('OK\n')
  expect(await get(exporter, '/-/ready')).toBe('OK\n')
})

test('metrics at the root leave no landing page; those of the exporter can be left out', async () => {
  const args = [nowhere, '--web.telemetry-path=/', '--web.disable-exporter-metrics']
  await using exporter = await startProgram(main, args)
  const names = samples(await get(exporter, '/'), /./).map((line) => line.replace(/[ {].*/, ''))
  expect(names).toEqual(['nginx_exporter_build_info', 'nginx_up'])
})

test('a unix socket and a port are served at once', async () => {
  using folder = temporaryFolder()
  const socket = `unix:${folder.path}/x.sock`
  const addresses = ['127.0.0.1:0', socket].map((address) => `--web.listen-address=${address}`)
  await using exporter = await startProgram(main, [...addresses, nowhere])
  await exporter.logLine(/Listening on.*unix:/)
  expect(exporter.addresses[1]).toBe(socket)
  const page = await getBySocket(socket.slice('unix:'.length))
  expect(page).toContain('\nnginx_up 0\n')
})

test('SIGHUP changes nothing, SIGINT ends with 0', async () => {
  await using exporter = await startProgram(main, [nowhere])
  process.kill(exporter.pid, 'SIGHUP')
  await exporter.logLine(/Nothing to reload/)
  expect(await get(exporter)).toContain('\nnginx_up 0\n')
  expect(await exporter.stop('SIGINT')).toEqual({ code: 0, signal: null })
})

/** An nginx that takes connections and never answers. */
async function withHungNginx(use: (uri: string) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  const open: Socket[] = []
  server.on('connection', (socket) => open.push(socket))
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/s`)
  } finally {
    for (const socket of open) socket.destroy()
    server.close()
  }
}

test('SIGTERM lets a scrape under way finish', async () => {
  await withHungNginx(async (uri) => {
    const args = [`--nginx.scrape-uri=${uri}`, '--nginx.timeout=1s']
    await using exporter = await startProgram(main, args)
    const page = get(exporter)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const stopped = exporter.stop()
    expect(await page).toContain('\nnginx_up 0\n')
    expect(await stopped).toEqual({ code: 0, signal: null })
  })
})

test('a second signal ends it at once', async () => {
  await withHungNginx(async (uri) => {
    const args = [`--nginx.scrape-uri=${uri}`, '--nginx.timeout=1h']
    await using exporter = await startProgram(main, args)
    const refused = expect(get(exporter)).rejects.toThrow('fetch failed')
    await new Promise((resolve) => setTimeout(resolve, 200))
    process.kill(exporter.pid, 'SIGTERM')
    await exporter.logLine(/Stopping/)
    expect(await exporter.stop()).toEqual({ code: 1, signal: null })
    await refused
  })
})

test('a scraper that names its timeout gets an answer in time', async () => {
  await withHungNginx(async (uri) => {
    await using exporter = await startProgram(main, [`--nginx.scrape-uri=${uri}`])
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.5' }
    const page = await (await fetch(`${exporter.url}/metrics`, { headers })).text()
    expect(page).toContain('\nnginx_up 0\n')
    await exporter.logLine(/Cannot scrape nginx.*scrape stopped after 0.45 s, near its timeout/)
  })
})

test('--help and --version go to stdout and end with 0', async () => {
  const help = await runProgram(main, ['--help'])
  expect([help.code, help.stderr]).toEqual([0, ''])
  expect(help.stdout).toMatch(/^usage: nginx_exporter \[<flags>\]\n/)
  expect(help.stdout).toContain('--nginx.scrape-uri=http://127.0.0.1:8080/stub_status ...')
  expect(help.stdout).toContain('($SCRAPE_URI)')
  const version = await runProgram(main, ['--version'])
  expect([version.code, version.stderr]).toEqual([0, ''])
  expect(version.stdout).toMatch(/^nginx_exporter, version \d+\.\d+\.\d+/)
})

async function checkRefused(
  args: string[],
  expected: string | RegExp,
  env: Record<string, string> = {},
): Promise<void> {
  const exit = await runProgram(main, args, { env })
  expect([exit.code, exit.stdout], args.join(' ')).toEqual([1, ''])
  const lines = exit.stderr.split('\n').filter((line) => line !== '' && !/level=INFO/.test(line))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(expected)
}

test('what cannot be started ends with 1 and one line that says why', async () => {
  await using other = await startProgram(main, [nowhere])
  const address = other.addresses[0] ?? ''
  await checkRefused(['--foo'], "nginx_exporter: error: unknown long flag '--foo', try --help")
  await checkRefused(['foo'], 'nginx_exporter: error: unexpected foo, try --help')
  await checkRefused(
    ['--nginx.timeout=-5s'],
    "flag '--nginx.timeout': want a duration of 0 or more",
  )
  await checkRefused([], "flag '--nginx.scrape-uri': want http://", { SCRAPE_URI: 'nope' })
  await checkRefused(['--nginx.plus'], /level=ERROR.*NGINX Plus comes in a later release/)
  await checkRefused(
    ['--web.telemetry-path='],
    /--web.telemetry-path': want a path that begins with/,
  )
  await checkRefused(['--nginx.ssl-ca-cert=/no/ca'], /--nginx.ssl-ca-cert: ENOENT/)
  await checkRefused(
    [`--web.listen-address=${address}`],
    new RegExp(`cannot listen on .*${address}.*--web.listen-address.*another process`),
  )
}, 60_000)

test('a command line of release 0.11 still starts, and says what to write', async () => {
  await using exporter = await startProgram(main, [
    '-nginx.scrape-uri',
    'http://127.0.0.1:1/s',
    '-nginx.ssl-verify=false',
    '-prometheus.const-labels=a=1,b=2',
  ])
  expect(await get(exporter)).toContain('\nnginx_up{a="1",b="2"} 0\n')
  await exporter.logLine(
    /level=WARN.*-nginx.scrape-uri is an old spelling: write --nginx.scrape-uri/,
  )
})
