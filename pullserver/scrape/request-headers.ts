/** The request headers that a job's configuration adds: who we are to the target. */
import { readFile } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import type { Credentials, HttpConfig, Secret } from '../config/http-config.ts'
import { ScrapeError } from './scrape-error.ts'

/** Credentials and configured headers. Secret files are read each time, so they can be renewed. */
export async function ownHeaders(config: HttpConfig): Promise<OutgoingHttpHeaders> {
  const headers: OutgoingHttpHeaders = {}
  for (const [name, values] of Object.entries(config.headers)) headers[name] = [...values]
  if (config.credentials !== undefined) {
    headers['Authorization'] = await authorization(config.credentials)
  }
  return headers
}

async function authorization(credentials: Credentials): Promise<string> {
  if (credentials.kind === 'token') {
    return `${credentials.type} ${await readSecret(credentials.credentials)}`
  }
  const pair = `${await readSecret(credentials.username)}:${await readSecret(credentials.password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

async function readSecret(secret: Secret): Promise<string> {
  if ('text' in secret) return secret.text
  try {
    return (await readFile(secret.file, 'utf8')).trim()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ScrapeError(`unable to read the secret file: ${reason}`)
  }
}
