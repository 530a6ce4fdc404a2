/** A headless Chromium for tests that look at pages: Debian's, driven by Playwright. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Debian's Chromium, kept from talking to anybody but the pages under test. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  const quiet = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  return chromium.launch({ executablePath, args: quiet })
}

export type Complaints = { readonly list: string[] }

/** A page that collects what the browser complains of: script errors, failed requests, refused content. */
export async function openPage(
  browser: Browser,
  size: { width: number; height: number } = { width: 1280, height: 900 },
): Promise<{ page: Page; complaints: Complaints }> {
  const page = await browser.newPage({ viewport: size })
  const list: string[] = []
  page.on('pageerror', (error) => list.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') list.push(message.text())
  })
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText
    // The page gave it up itself, for a newer query: no complaint.
    if (reason !== 'net::ERR_ABORTED') list.push(`${request.url()} ${reason}`)
  })
  return { page, complaints: { list } }
}

/** Saves what the page looks like, when NARTHEX_SCREENSHOTS names a folder for it. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['NARTHEX_SCREENSHOTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
