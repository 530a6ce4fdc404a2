/** A private nginx in a temporary folder: unprivileged, on loopback, stopped by its pid. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../free-ports.ts'
import { peer } from '../peer.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'

export type PrivateNginx = AsyncDisposable & {
  /** `http://127.0.0.1:PORT/stub_status`. */
  readonly tcp: string
  /** The same page over TLS, by a certificate of its own for 127.0.0.1. */
  readonly tls: string
  /** As `tcp`, but each connection must begin with a PROXY protocol header. */
  readonly proxied: string
  /** `unix:/...:/stub_status`. */
  readonly unix: string
  /** The file of the TLS certificate, which is its own CA. */
  readonly certificate: string
  stop(): Promise<void>
  start(): Promise<void>
}

/** Starts it and waits until it accepts connections. */
export async function startNginx(binary: string): Promise<PrivateNginx> {
  const temporary = temporaryFolder()
  const folder = temporary.path
  for (const name of ['logs', 'tmp']) mkdirSync(join(folder, name))
  const [tcp = 0, tls = 0, proxied = 0] = await freePorts(3)
  const certificate = makeCertificate(folder)
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, tcp, tls, proxied))
  let child: ChildProcess | undefined
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return
    const ended = new Promise((resolve) => child?.once('close', resolve))
    child.kill('SIGTERM')
    await ended
    child = undefined
  }
  const start = async (): Promise<void> => {
    const args = [
      '-p',
      folder,
      '-c',
      join(folder, 'nginx.conf'),
      '-e',
      join(folder, 'logs/error.log'),
    ]
    child = spawn(binary, [...args, '-g', 'daemon off;'], { stdio: 'ignore' })
    await waitFor('nginx', async () => (await fetch(`http://127.0.0.1:${tcp}/`)).ok)
  }
  await start()
  return {
    tcp: `http://127.0.0.1:${tcp}/stub_status`,
    tls: `https://127.0.0.1:${tls}/stub_status`,
    proxied: `http://127.0.0.1:${proxied}/stub_status`,
    unix: `unix:${folder}/status.sock:/stub_status`,
    certificate,
    stop,
    start,
    [Symbol.asyncDispose]: async () => {
      await stop()
      temporary[Symbol.dispose]()
    },
  }
}

function configuration(folder: string, tcp: number, tls: number, proxied: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `worker_processes 1;
pid ${folder}/logs/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/tmp/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${tcp};
    listen 127.0.0.1:${tls} ssl;
    listen 127.0.0.1:${proxied} proxy_protocol;
    listen unix:${folder}/status.sock;
    ssl_certificate ${folder}/certificate.pem;
    ssl_certificate_key ${folder}/key.pem;
    location = /stub_status { stub_status; }
    location / { return 200 "ok\\n"; }
  }
}
`
}

function makeCertificate(folder: string): string {
  const certificate = join(folder, 'certificate.pem')
  const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', join(folder, 'key.pem'), '-out', certificate]
  const openssl = peer('openssl')
  if (openssl === undefined) throw new Error('openssl is not installed; it makes the certificate')
  execFileSync(openssl, ['req', '-x509', '-days', '2', ...key, ...subject, ...files], {
    stdio: 'ignore',
  })
  return certificate
}
