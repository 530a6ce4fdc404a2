/** The files of the page, read once when they are first asked for. */

import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'

const types = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'application/javascript',
  'deletions.js': 'application/javascript',
  'dom.js': 'application/javascript',
  'group-card.js': 'application/javascript',
  'push-form.js': 'application/javascript',
  'series.js': 'application/javascript',
  'status.js': 'application/javascript',
} as const

export type PageFile = keyof typeof types

/** What the page itself asks for, under /static/. */
export const staticFiles: readonly PageFile[] = [
  'page.css',
  'page.js',
  'deletions.js',
  'dom.js',
  'group-card.js',
  'push-form.js',
  'series.js',
  'status.js',
]

/** Only our own script and style run, so that nothing that was pushed can. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

export class PageFiles {
  readonly #bodies = new Map<PageFile, Buffer>()

  answer(file: PageFile, response: ServerResponse): void {
    let body = this.#bodies.get(file)
    if (body === undefined) {
      body = readFileSync(join(import.meta.dirname, 'page', file))
      this.#bodies.set(file, body)
    }
    response.writeHead(200, {
      'Content-Type': types[file],
      'Content-Length': body.length,
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
    })
    response.end(body)
  }
}
