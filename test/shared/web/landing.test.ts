/** The landing page, as sent and as a browser shows it. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type LandingPage, landingPage } from '../../../shared/web/landing.ts'
import { type Handler, routes } from '../../../shared/web/routes.ts'
import { launchBrowser, openPage } from '../../browser.ts'
import { testWithPeer } from '../../peer.ts'

const about: LandingPage = {
  name: 'Node Exporter',
  description: 'Prometheus Node Exporter',
  version: '1.2.3',
  metricsPath: '/metrics',
}

async function withServer(
  page: LandingPage,
  metrics: Handler,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const handler = routes({ '/': landingPage(page), '/metrics': metrics })
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const text =
  (body: string): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.end(body)
  }

test('the page has title, heading, version and the link to the metrics', async () => {
  await withServer(about, text(''), async (url) => {
    const response = await fetch(url)
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8')
    expect(html).toContain('<title>Node Exporter</title>')
    expect(html).toContain('<h2>Prometheus Node Exporter</h2>')
    expect(html).toContain('Version: 1.2.3')
    expect(html).toContain('<a id="metrics" href="/metrics">Metrics</a>')
    expect(html).not.toMatch(/\{\{|innerHTML|https?:\/\/(?!www\.w3\.org)/) // nothing left open, no other host
  })
})

test('values of the page are escaped', async () => {
  const hostile = `</title><script>alert("1")</script>'&{{version}}`
  const links = [{ href: '"><b>', text: hostile, description: hostile }]
  const page = { ...about, name: hostile, version: hostile, metricsPath: '/m"x', links }
  await withServer(page, text(''), async (url) => {
    const html = await (await fetch(url)).text()
    expect(html.match(/<script/g)).toHaveLength(1)
    expect(html).toContain('href="/m&quot;x"')
    expect(html).toContain('href="&quot;&gt;&lt;b&gt;"')
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;{{version}}')
  })
})

/** Opens the page in Chromium and fails when the browser complains or a dialog shows up. */
async function inBrowser(
  path: string,
  url: string,
  use: (page: Page) => Promise<void>,
  expected: readonly RegExp[] = [],
): Promise<void> {
  const browser = await launchBrowser(path)
  try {
    const { page, complaints } = await openPage(browser)
    const dialogs: string[] = []
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    await page.goto(url)
    await page.waitForSelector('#families > details, #failure:not([hidden])', { state: 'attached' })
    await use(page)
    expect(dialogs).toEqual([])
    expect(complaints.list.filter((text) => !expected.some((e) => e.test(text)))).toEqual([])
  } finally {
    await browser.close()
  }
}

const visible = '#families > details:not([hidden])'

function names(page: Page): Promise<string[]> {
  return page.locator(`${visible} .name`).allTextContents()
}

async function rows(page: Page): Promise<string[]> {
  const all = await page.locator(`${visible} tbody tr`).all()
  return Promise.all(all.map(async (row) => (await row.locator('td').allTextContents()).join('|')))
}

const xss = '<img src=x onerror=alert(1)>'

testWithPeer('chromium', 'the browser shows, filters and opens families', async (chromiumPath) => {
  const body = `# HELP cpu_seconds_total Time of a cpu.\\nSecond \\\\ line ${xss}
# TYPE cpu_seconds_total counter
cpu_seconds_total{cpu="0",mode="user"} 1e+06
cpu_seconds_total{cpu="0",mode="idle"} 2
# TYPE wait_seconds histogram
wait_seconds_bucket{le="+Inf"} 3
wait_seconds_sum 4.5
wait_seconds_count 3
# TYPE mem_bytes gauge
mem_bytes 1073741824
no_type{text="a\\"b\\\\c\\nd ${xss} } ,=",empty=""} NaN 1700000000000
{"utf8.näme","ü label"="1"} -Inf
`
  await withServer(about, text(body), (url) =>
    inBrowser(chromiumPath, url, async (page) => {
      expect(await page.textContent('#status')).toMatch(
        /^5 families, 8 series · 1 KiB in \d+ ms at/,
      )
      expect(await names(page)).toEqual([
        'cpu_seconds_total',
        'wait_seconds',
        'mem_bytes',
        'no_type',
        'utf8.näme',
      ])
      expect(await page.locator('.help').first().textContent()).toBe(
        `Time of a cpu.\nSecond \\ line ${xss}`,
      )
      await page.click('#toggle')
      await page.locator('tbody tr').nth(7).waitFor()
      expect(await rows(page)).toEqual([
        '0|user|1e+06|11d 13h 46m|',
        '0|idle|2||',
        '_bucket|+Inf|3||',
        '_sum||4.5||',
        '_count||3||',
        '1073741824|1.00 GiB|',
        `a"b\\c\nd ${xss} } ,=||NaN||`,
        '1|-Inf||',
      ])
      const filter = async (words: string, expected: string[]): Promise<void> => {
        await page.fill('#filter', words)
        expect(await names(page), words).toEqual(expected)
      }
      await filter('CPU', ['cpu_seconds_total'])
      await filter('second line', ['cpu_seconds_total']) // help
      await filter('gauge', ['mem_bytes']) // type
      await filter('idle cpu', ['cpu_seconds_total']) // label and name
      expect(await rows(page)).toEqual(['0|idle|2||']) // only the series that match
      expect(await page.textContent('#status')).toMatch(/^1 of 5 families, 1 of 8 series/)
      await filter('nothing like it', [])
      expect(await page.isVisible('#nothing')).toBe(true)
      await page.keyboard.press('Escape')
      expect(await names(page)).toHaveLength(5)
    }),
  )
})

testWithPeer(
  'chromium',
  'the browser is usable by keyboard and keeps the filter in the address',
  async (path) => {
    await withServer(about, text('a_total 1\nb_total{x="y"} 2\n'), (url) =>
      inBrowser(path, `${url}/#b_total`, async (page) => {
        expect(await names(page)).toEqual(['b_total'])
        await page.keyboard.press('/')
        await page.keyboard.type('a_') // replaces what is selected
        expect(await names(page)).toEqual(['a_total'])
        for (let tabs = 0; tabs < 4; tabs++) await page.keyboard.press('Tab') // toggle, refresh, auto, family
        await page.keyboard.press('Enter')
        await page.waitForSelector('tbody tr')
        expect(page.url()).toBe(`${url}/#a_`)
      }),
    )
  },
)

testWithPeer(
  'chromium',
  'the browser shows rates of counters and changes of gauges',
  async (path) => {
    let scrapes = 0
    const metrics: Handler = (request, response) => {
      const n = scrapes++
      text(`# TYPE c_total counter\nc_total ${n * 1000}\n# TYPE g gauge\ng ${10 - n * 2.5}\n`)(
        request,
        response,
      )
    }
    await withServer(about, metrics, (url) =>
      inBrowser(path, url, async (page) => {
        const changes = (): Promise<string[]> => page.locator('summary .change').allTextContents()
        expect(await changes()).toEqual(['', ''])
        await page.waitForTimeout(100)
        await page.click('#auto') // refreshes at once, then every 5 s
        await page.waitForSelector('summary .change:not(:empty)')
        const [rate = '', change] = await changes()
        expect(change).toBe('\u22122.5')
        const perSecond = Number(rate.replace(/[,/s]/g, ''))
        expect(perSecond).toBeGreaterThan(0)
        expect(perSecond).toBeLessThan(10_000) // 1000 in at least 100 ms
      }),
    )
  },
)

testWithPeer(
  'chromium',
  'the browser says why the metrics cannot be read, and recovers',
  async (path) => {
    let status = 503
    const metrics: Handler = (_request, response) => {
      response.writeHead(status)
      response.end(status === 200 ? 'a 1\n' : `Limit reached ${xss}\n`)
    }
    await withServer(about, metrics, (url) =>
      inBrowser(
        path,
        url,
        async (page) => {
          expect(await page.textContent('#failure')).toBe(
            `Cannot read /metrics: the answer is 503 Service Unavailable\nLimit reached ${xss}`,
          )
          status = 200
          await page.click('#refresh')
          await page.waitForSelector('#failure', { state: 'hidden' })
          expect(await names(page)).toEqual(['a'])
          await page.route('**/metrics', (route) => route.abort())
          await page.click('#refresh')
          await page.waitForSelector('#failure:not([hidden])')
          expect(await page.textContent('#failure')).toMatch(/Failed to fetch\nShown below is what/)
          expect(await names(page)).toEqual(['a']) // the last good page stays
        },
        [/503/, /Failed to load resource/, /net::ERR_FAILED/],
      ),
    )
  },
)

testWithPeer(
  'chromium',
  'the browser takes 3,000 series, 200 rows of a family at first',
  async (path) => {
    const body = Array.from({ length: 3000 }, (_, i) => `big{n="${i}"} ${i}`).join('\n')
    await withServer(about, text(`# TYPE big gauge\n${body}\n`), (url) =>
      inBrowser(path, url, async (page) => {
        await page.click('summary')
        await page.waitForSelector('tbody tr') // rows are made after the toggle event
        expect(await page.locator('tbody tr').count()).toBe(200)
        await page.click('.more')
        expect(await page.locator('tbody tr').count()).toBe(3000)
        await page.fill('#filter', '2999')
        expect(await rows(page)).toEqual(['2999|2999||'])
      }),
    )
  },
)
