/** How to reach a target over HTTP: who we are to it, which certificates, whether to follow it. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Position, YamlValue } from '../../shared/yaml.ts'
import {
  boolean,
  type Fields,
  list,
  mapOf,
  oneOf,
  type Reader,
  readFields,
  secret,
  string,
  unsupported,
  withoutEffect,
} from './fields.ts'
import type { Report } from './report.ts'

/** A secret as it stands in the configuration, or the file that holds it and is read at each use. */
export type Secret = { readonly text: string } | { readonly file: string }

export type Credentials =
  | { readonly kind: 'basic'; readonly username: Secret; readonly password: Secret }
  | { readonly kind: 'token'; readonly type: string; readonly credentials: Secret }

export type TlsConfig = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly insecureSkipVerify: boolean
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
}

export type HttpConfig = {
  readonly credentials?: Credentials
  readonly tls: TlsConfig
  readonly followRedirects: boolean
  readonly headers: Readonly<Record<string, readonly string[]>>
}

const insteadOfProxy = 'give the target an address that this host reaches without a proxy'

/** Fields that stand directly in a scrape_config. */
export const httpReaders = {
  basic_auth: raw,
  authorization: raw,
  bearer_token: secret,
  bearer_token_file: string,
  oauth2: unsupported('oauth2', 'use authorization with a credentials_file that is kept fresh'),
  tls_config: raw,
  follow_redirects: boolean,
  enable_http2: withoutEffect('enable_http2', 'targets are scraped over HTTP/1.1'),
  http_headers: mapOf('http_headers', httpHeader),
  proxy_url: unsupported('proxy_url', insteadOfProxy),
  no_proxy: unsupported('no_proxy', insteadOfProxy),
  proxy_from_environment: withoutEffect('proxy_from_environment', 'proxies are not supported'),
  proxy_connect_header: unsupported('proxy_connect_header', insteadOfProxy),
}

/** `folder` is where relative file names start. Certificates are read now, so a bad one shows now. */
export function httpConfig(
  fields: Fields<typeof httpReaders>,
  folder: string,
  report: Report,
): HttpConfig {
  const credentials = readCredentials(fields, folder, report)
  return {
    ...(credentials === undefined ? {} : { credentials }),
    tls:
      fields.tls_config === undefined
        ? { insecureSkipVerify: false }
        : tlsConfig(fields.tls_config.value, folder, report),
    followRedirects: fields.follow_redirects?.value ?? true,
    headers: fields.http_headers?.value ?? {},
  }
}

function raw(value: YamlValue): YamlValue {
  return value
}

function readCredentials(
  fields: Fields<typeof httpReaders>,
  folder: string,
  report: Report,
): Credentials | undefined {
  const { basic_auth, authorization, bearer_token, bearer_token_file } = fields
  const bearer = bearer_token ?? bearer_token_file
  if (bearer_token !== undefined && bearer_token_file !== undefined) {
    const message = 'at most one of bearer_token & bearer_token_file must be configured'
    report.problem(bearer_token_file.at, message)
  }
  const second = [basic_auth, authorization, bearer].filter((field) => field !== undefined)[1]
  if (second !== undefined) {
    const message = 'at most one of basic_auth, authorization & bearer_token must be configured'
    report.problem(second.at, message)
  }
  if (basic_auth !== undefined) return basicAuth(basic_auth.value, folder, report)
  if (authorization !== undefined) return tokenAuth(authorization.value, folder, report)
  const credentials = secretFrom(bearer_token, bearer_token_file, folder)
  return credentials === undefined ? undefined : { kind: 'token', type: 'Bearer', credentials }
}

function basicAuth(value: YamlValue, folder: string, report: Report): Credentials {
  const readers = {
    username: string,
    username_file: string,
    password: secret,
    password_file: string,
  }
  const fields = readFields(value, 'basic_auth', readers, report)
  const { username, username_file, password, password_file } = fields
  if (username !== undefined && username_file !== undefined) {
    const message = 'at most one of basic_auth username & username_file must be configured'
    report.problem(username_file.at, message)
  }
  if (password !== undefined && password_file !== undefined) {
    const message = 'at most one of basic_auth password & password_file must be configured'
    report.problem(password_file.at, message)
  }
  return {
    kind: 'basic',
    username: secretFrom(username, username_file, folder) ?? { text: '' },
    password: secretFrom(password, password_file, folder) ?? { text: '' },
  }
}

function tokenAuth(value: YamlValue, folder: string, report: Report): Credentials | undefined {
  const readers = { type: string, credentials: secret, credentials_file: string }
  const fields = readFields(value, 'authorization', readers, report)
  const { type, credentials, credentials_file } = fields
  if (type?.value.trim().toLowerCase() === 'basic') {
    report.problem(type.at, 'authorization type cannot be set to "basic", use "basic_auth" instead')
  }
  if (credentials !== undefined && credentials_file !== undefined) {
    const message = 'at most one of authorization credentials & credentials_file must be configured'
    report.problem(credentials_file.at, message)
  }
  const held = secretFrom(credentials, credentials_file, folder)
  if (held === undefined) return undefined
  return { kind: 'token', type: type?.value.trim() || 'Bearer', credentials: held }
}

type Written = { readonly value: string } | undefined

function secretFrom(text: Written, file: Written, folder: string): Secret | undefined {
  if (text !== undefined) return { text: text.value }
  return file === undefined ? undefined : { file: path.resolve(folder, file.value) }
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

const tlsVersion: Reader<TlsVersion> = (value, report) => {
  const name = oneOf('TLS10', 'TLS11', 'TLS12', 'TLS13')(value, report)
  if (name === undefined) return undefined
  return ({ TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const)[name]
}

const tlsReaders = {
  ca: string,
  ca_file: string,
  cert: string,
  cert_file: string,
  key: secret,
  key_file: string,
  server_name: string,
  insecure_skip_verify: boolean,
  min_version: tlsVersion,
  max_version: tlsVersion,
}

function tlsConfig(value: YamlValue, folder: string, report: Report): TlsConfig {
  const fields = readFields(value, 'tls_config', tlsReaders, report)
  const pem = (name: 'ca' | 'cert' | 'key') => {
    const inline = fields[name]
    const file = fields[`${name}_file`]
    if (inline !== undefined && file !== undefined) {
      report.problem(file.at, `at most one of ${name} and ${name}_file must be configured`)
    }
    const text = inline?.value ?? readPem(name, file, folder, report)
    return text === undefined ? {} : { [name]: text }
  }
  const certificate = fields.cert ?? fields.cert_file
  const key = fields.key ?? fields.key_file
  if (certificate !== undefined && key === undefined) {
    const message =
      'exactly one of key or key_file must be configured when a client certificate is configured'
    report.problem(certificate.at, message)
  }
  if (key !== undefined && certificate === undefined) {
    const message =
      'exactly one of cert or cert_file must be configured when a client key is configured'
    report.problem(key.at, message)
  }
  return {
    ...pem('ca'),
    ...pem('cert'),
    ...pem('key'),
    ...(fields.server_name === undefined ? {} : { serverName: fields.server_name.value }),
    ...(fields.min_version === undefined ? {} : { minVersion: fields.min_version.value }),
    ...(fields.max_version === undefined ? {} : { maxVersion: fields.max_version.value }),
    insecureSkipVerify: fields.insecure_skip_verify?.value ?? false,
  }
}

function readPem(
  name: string,
  file: { readonly value: string; readonly at: Position } | undefined,
  folder: string,
  report: Report,
): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(path.resolve(folder, file.value), 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    report.problem(file.at, `unable to read ${name}_file ${JSON.stringify(file.value)}: ${reason}`)
    return undefined
  }
}

function httpHeader(value: YamlValue, report: Report): readonly string[] {
  const readers = {
    values: list(string),
    secrets: list(secret),
    files: unsupported('http_headers files', 'use values or secrets'),
  }
  const fields = readFields(value, 'http_headers', readers, report)
  return [...(fields.values?.value ?? []), ...(fields.secrets?.value ?? [])]
}
