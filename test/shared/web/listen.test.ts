/** Listening and stopping, over real sockets. */
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog, type Log } from '../../../shared/log.ts'
import { type ListenAddress, parseListenAddress } from '../../../shared/web/address.ts'
import { type Listening, listen } from '../../../shared/web/listen.ts'
import type { Handler } from '../../../shared/web/routes.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

function memoryLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  return { lines, log: createLog({ level: 'info', format: 'logfmt', write: (l) => lines.push(l) }) }
}

const ok: Handler = (_request, response) => response.end('ok')

async function withServer(
  addresses: string[],
  handler: Handler,
  use: (listening: Listening, lines: string[]) => Promise<void>,
): Promise<void> {
  const { log, lines } = memoryLog()
  const listening = await listen({ addresses, handler, log })
  try {
    await use(listening, lines)
  } finally {
    await listening.close(0)
  }
}

function first(listening: Listening): string {
  return listening.addresses[0] ?? ''
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  using folder = temporaryFolder()
  await use(folder.path)
}

function get(options: http.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get(options, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => (text += chunk))
        response.on('end', () => resolve(text))
      })
      .on('error', reject)
  })
}

function checkAddress(text: string, expected: ListenAddress | string): void {
  if (typeof expected === 'string') expect(() => parseListenAddress(text)).toThrow(expected)
  else expect(parseListenAddress(text)).toEqual(expected)
}

test('an address is host:port, [ipv6]:port or unix:/path', () => {
  checkAddress(':9100', { kind: 'tcp', host: '', port: 9100 })
  checkAddress('127.0.0.1:0', { kind: 'tcp', host: '127.0.0.1', port: 0 })
  checkAddress('[::1]:9100', { kind: 'tcp', host: '::1', port: 9100 })
  checkAddress('[fe80::1%eth0]:9100', { kind: 'tcp', host: 'fe80::1%eth0', port: 9100 })
  checkAddress('localhost:80', { kind: 'tcp', host: 'localhost', port: 80 })
  checkAddress('unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' })
  checkAddress('9100', 'missing port in address')
  checkAddress('', 'missing port in address')
  checkAddress('[::1]', 'missing port in address')
  checkAddress('::1:9100', 'too many colons')
  checkAddress(':65536', 'want a port from 0 to 65535, got "65536"')
  checkAddress(':http', 'want a port from 0 to 65535, got "http"')
  checkAddress('unix:', 'a path must follow unix:')
  checkAddress('vsock://:9100', 'Node cannot listen on vsock')
})

test('listens on IPv4, IPv6, a name and a unix socket at once, and says where', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x.sock')
    const wanted = ['127.0.0.1:0', '[::1]:0', 'localhost:0', `unix:${path}`]
    await withServer(wanted, ok, async ({ addresses }, lines) => {
      expect(addresses[0]).toMatch(/^127\.0\.0\.1:\d+$/)
      expect(addresses[1]).toMatch(/^\[::1\]:\d+$/)
      expect(addresses[2]).toMatch(/^127\.0\.0\.1:\d+$/) // localhost is IPv4 first
      expect(addresses[3]).toBe(`unix:${path}`)
      await new Promise((resolve) => setImmediate(resolve))
      expect(lines).toHaveLength(4)
      expect(lines[0]).toContain(`msg="Listening on" address=${addresses[0]}\n`)
      expect(await get({ socketPath: path })).toBe('ok')
      expect(await get({ host: '::1', port: Number(addresses[1]?.slice(6)) })).toBe('ok')
    })
    expect(existsSync(path)).toBe(false) // removed on close
  })
})

test('a port in use fails with one line that names flag and cure, and frees the other addresses', async () => {
  await withServer(['127.0.0.1:0'], ok, async (busy) => {
    await withFolder(async (folder) => {
      const path = join(folder, 'x.sock')
      const addresses = [`unix:${path}`, first(busy)]
      const wanted = `cannot listen on "${first(busy)}" (--web.listen-address): another process`
      await expect(listen({ addresses, handler: ok, log: memoryLog().log })).rejects.toThrow(wanted)
      expect(existsSync(path)).toBe(false)
    })
  })
})

test('a unix socket left by a crash is replaced; a living one, a file or no folder is refused', async () => {
  await withFolder(async (folder) => {
    const { log } = memoryLog()
    const refuse = (path: string, reason: string): Promise<void> =>
      expect(listen({ addresses: [`unix:${path}`], handler: ok, log })).rejects.toThrow(reason)
    const path = join(folder, 'x.sock')
    await withServer([`unix:${path}`], ok, () => refuse(path, 'already listens there'))
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await refuse(file, 'a file is in the way and it is no socket')
    await refuse(join(folder, 'no', 'x.sock'), 'its folder does not exist')

    // Binding through a name that is moved away leaves a socket file that nobody answers.
    const dead = createServer().listen(join(folder, 'dead'))
    await new Promise((resolve) => dead.once('listening', resolve))
    renameSync(join(folder, 'dead'), path)
    await new Promise((resolve) => dead.close(resolve))
    expect(existsSync(path)).toBe(true)
    await withServer([`unix:${path}`], ok, async () => {
      expect(await get({ socketPath: path })).toBe('ok')
    })
  })
})

test('close lets a request under way finish and does not wait for idle connections', async () => {
  let answer = (): void => undefined
  let arrived = (): void => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const slow: Handler = (_request, response) => {
    answer = () => response.end('late')
    arrived()
  }
  const { log } = memoryLog()
  const listening = await listen({ addresses: ['127.0.0.1:0'], handler: slow, log })
  const port = Number(first(listening).split(':')[1])
  const silent = connect(port, '127.0.0.1') // as a browser's connection opened ahead
  await new Promise((resolve) => silent.once('connect', resolve))
  const got = get({ port, host: '127.0.0.1', agent: new http.Agent({ keepAlive: true }) })
  await arrival
  const started = performance.now()
  const closed = listening.close(60_000)
  await expect(get({ port, host: '127.0.0.1' })).rejects.toThrow('ECONNREFUSED')
  answer()
  expect(await got).toBe('late')
  await closed
  expect(performance.now() - started).toBeLessThan(10_000)
  silent.destroy()
})

test('close cuts a request that outlasts the grace', async () => {
  let arrived = (): void => undefined
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const { log } = memoryLog()
  const listening = await listen({ addresses: ['127.0.0.1:0'], handler: () => arrived(), log })
  const got = get({ port: Number(first(listening).split(':')[1]), host: '127.0.0.1' })
  await arrival
  await Promise.all([expect(got).rejects.toThrow('socket hang up'), listening.close(50)])
})

test('a handler that throws is a 500 and a log line, and the next request is served', async () => {
  const handler: Handler = (request, response) => {
    if (request.url === '/bug') throw new TypeError('oops')
    response.end('fine')
  }
  await withServer(['127.0.0.1:0'], handler, async (listening, lines) => {
    const port = Number(first(listening).split(':')[1])
    expect(await get({ port, host: '127.0.0.1', path: '/bug' })).toBe('Internal Server Error\n')
    expect(await get({ port, host: '127.0.0.1', path: '/' })).toBe('fine')
    expect(
      lines.filter((line) => line.includes('msg="A request failed" url=/bug err=oops')),
    ).toHaveLength(1)
  })
})
