/** The command line of the nginx-exporter: addresses, labels, environment, old spellings. */
import { expect, test } from 'vitest'
import { nginxFlags } from '../../../exporters/nginx/flags.ts'
import { modernArguments } from '../../../exporters/nginx/old-spellings.ts'
import { parseScrapeUri } from '../../../exporters/nginx/scrape-uri.ts'
import { readFlags } from '../../../shared/flags.ts'

const program = { name: 'nginx_exporter', description: '', version: '1' }

function read(argv: string[], env: Record<string, string> = {}) {
  const parsed = readFlags(program, nginxFlags, argv, env)
  if (typeof parsed === 'string') throw new Error('got help')
  return parsed.values
}

function checkUri(text: string, name: string, href: string, socketPath?: string): void {
  const uri = parseScrapeUri(text)
  expect([uri.name, uri.url.href, uri.socketPath]).toEqual([name, href, socketPath])
}

function checkUriError(text: string, expected: string): void {
  expect(() => parseScrapeUri(text), text).toThrow(new SyntaxError(expected))
}

test('a scrape URI is http, https or a unix socket', () => {
  const plain = 'http://127.0.0.1:8080/stub_status'
  checkUri(plain, plain, plain)
  checkUri('https://[::1]/s?a=b', 'https://[::1]/s?a=b', 'https://[::1]/s?a=b')
  checkUri('http://host', 'http://host', 'http://host/') // the name stays as typed: it is a label
  checkUri('http://me:secret@host/s', 'http://me:xxxxx@host/s', 'http://me:secret@host/s')
  checkUri('http://me@host/s', 'http://me@host/s', 'http://me@host/s')
  checkUri('unix:/a/b.sock:/s', 'unix:/a/b.sock:/s', 'http://localhost/s', '/a/b.sock')
  checkUri('unix:/a/b.sock', 'unix:/a/b.sock', 'http://localhost/', '/a/b.sock')
  checkUri('unix:a.sock:/s', 'unix:a.sock:/s', 'http://localhost/s', 'a.sock')
  checkUri('unix:/a:1.sock:/s', 'unix:/a:1.sock:/s', 'http://localhost/s', '/a:1.sock')
  checkUriError('', 'want http://, https:// or unix:/path.sock:/uri, got ""')
  checkUriError('nope', 'want http://, https:// or unix:/path.sock:/uri, got "nope"')
  checkUriError('ftp://host/', 'want http://, https:// or unix:/path.sock:/uri, got "ftp://host/"')
  checkUriError(
    'localhost:8080/s',
    'want http://, https:// or unix:/path.sock:/uri, got "localhost:8080/s"',
  )
  checkUriError('unix:', 'want a socket after unix:, got "unix:"')
  checkUriError('unix::/s', 'want a socket after unix:, got "unix::/s"')
})

test('defaults and environment variables are those of the original', () => {
  expect(read([])).toMatchObject({
    'web.listen-address': [':9113'],
    'web.telemetry-path': '/metrics',
    'nginx.scrape-uri': [{ name: 'http://127.0.0.1:8080/stub_status' }],
    'nginx.ssl-verify': false,
    'nginx.timeout': 5000,
    'nginx.plus': false,
    'prometheus.const-label': new Map(),
  })
  const env = {
    LISTEN_ADDRESS: ':1\n:2',
    TELEMETRY_PATH: '/m',
    SCRAPE_URI: 'http://a/\nhttp://b/',
    SSL_VERIFY: 'true',
    SSL_CA_CERT: '/ca',
    TIMEOUT: '10s',
    NGINX_PLUS: '1',
    PROXY_PROTOCOL: 'true',
    CONST_LABELS: 'a=1\nb=2=3',
  }
  expect(read([], env)).toMatchObject({
    'web.listen-address': [':1', ':2'],
    'web.telemetry-path': '/m',
    'nginx.scrape-uri': [{ name: 'http://a/' }, { name: 'http://b/' }],
    'nginx.ssl-verify': true,
    'nginx.ssl-ca-cert': '/ca',
    'nginx.timeout': 10_000,
    'nginx.plus': true,
    'nginx.proxy-protocol': true,
    'prometheus.const-label': new Map([
      ['a', '1'],
      ['b', '2=3'],
    ]),
  })
})

function checkError(argv: string[], expected: string): void {
  expect(() => read(argv)).toThrow(expected)
}

test('bad values are refused at start', () => {
  checkError(['--nginx.timeout=-1s'], "'--nginx.timeout': want a duration of 0 or more")
  checkError(
    ['--nginx.scrape-uri=http://a', '--nginx.scrape-uri=http://a'],
    '"http://a" is given twice',
  )
  checkError(['--prometheus.const-label=a'], 'want name=value with a label name, got "a"')
  checkError(['--prometheus.const-label==b'], 'got "=b"')
  checkError(['--prometheus.const-label=a-b=1'], 'got "a-b=1"')
  checkError(['--prometheus.const-label=__a=1'], 'got "__a=1"')
})

function checkModern(argv: string[], expected: string[], ...notes: string[]): void {
  expect(modernArguments(argv)).toEqual({ argv: expected, notes })
}

test('old spellings are understood', () => {
  checkModern(['--nginx.timeout=1s', '-h', 'x'], ['--nginx.timeout=1s', '-h', 'x'])
  checkModern(
    ['-nginx.scrape-uri', 'http://a', '-nginx.timeout=1s'],
    ['--nginx.scrape-uri', 'http://a', '--nginx.timeout=1s'],
    '-nginx.scrape-uri is an old spelling: write --nginx.scrape-uri',
    '-nginx.timeout is an old spelling: write --nginx.timeout',
  )
  checkModern(
    ['-nginx.ssl-verify=false'],
    ['--no-nginx.ssl-verify'],
    '-nginx.ssl-verify is an old spelling: write --no-nginx.ssl-verify',
  )
  checkModern(['-nginx.ssl-verify=true'], ['--nginx.ssl-verify'], expect.any(String))
  for (const argv of [
    ['-prometheus.const-labels=a=1,b=2'],
    ['--prometheus.const-labels', 'a=1,b=2'],
  ]) {
    checkModern(
      argv,
      ['--prometheus.const-label=a=1', '--prometheus.const-label=b=2'],
      expect.stringContaining('repeat --prometheus.const-label'),
    )
  }
})
