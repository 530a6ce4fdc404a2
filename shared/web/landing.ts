/** The landing page of an exporter: who it is, links, and a browser of its metrics (browser.html). */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Handler } from './routes.ts'

export type LandingLink = {
  readonly href: string
  readonly text: string
  readonly description?: string
}

export type LandingPage = {
  /** Title and heading: `Node Exporter`. */
  readonly name: string
  /** The line below the heading: `Prometheus Node Exporter`. */
  readonly description: string
  readonly version: string
  /** Where the metrics are, and where the page fetches them. */
  readonly metricsPath: string
  readonly links?: readonly LandingLink[]
}

/** The page is made when first asked for: most exporters are never looked at by a person. */
export function landingPage(page: LandingPage): Handler {
  let made: { body: Buffer; policy: string } | undefined
  return (_request, response) => {
    made ??= render(page)
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=UTF-8',
      'Content-Length': made.body.length,
      'Content-Security-Policy': made.policy,
      'X-Content-Type-Options': 'nosniff',
    })
    response.end(made.body)
  }
}

function render({ links = [], ...texts }: LandingPage): { body: Buffer; policy: string } {
  const template = readFileSync(join(import.meta.dirname, 'browser.html'), 'utf8')
  const values: Readonly<Record<string, string>> = {
    name: escapeHtml(texts.name),
    description: escapeHtml(texts.description),
    version: escapeHtml(texts.version),
    metricsPath: escapeHtml(texts.metricsPath),
    links: links.map(linkItem).join('\n    '),
  }
  const html = template.replace(/\{\{(\w+)\}\}/g, (all, key: string) => values[key] ?? all)
  // Only the page's own script may run, so that not even a mistake in it can run what a metric says.
  const script = /<script type="module">(.*?)<\/script>/s.exec(html)?.[1] ?? ''
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return { body: Buffer.from(html), policy }
}

function linkItem({ href, text, description }: LandingLink): string {
  const words = description === undefined ? '' : ` ${escapeHtml(description)}`
  return `<li><a href="${escapeHtml(href)}">${escapeHtml(text)}</a>${words}</li>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
