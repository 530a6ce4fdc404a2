import { expect } from 'vitest'
import { launchBrowser, openPage, screenshot } from '../browser.ts'
import { testWithPeer } from '../peer.ts'
import { send } from '../pushgateway/run-http-case.ts'
import { waitFor } from '../wait.ts'
import { startProgram } from './program.ts'

const main = 'pushgateway/main.ts'
const hostile = '<img src=x onerror=document.title="broken">'

async function push(url: string, path: string, body: string): Promise<void> {
  expect((await send(url, ['PUT', path, body])).status).toBe(200)
}

testWithPeer(
  'chromium',
  'the page finds a group among many, shows its series, and deletes it',
  async (chromium) => {
    const gateway = await startProgram(main, ['--web.route-prefix=/pg'])
    const browser = await launchBrowser(chromium)
    try {
      for (let i = 0; i < 120; i++) {
        await push(gateway.url, `/pg/metrics/job/batch/instance/host${i}`, 'done 1\n')
      }
      const body = `# HELP odd ${hostile}\n# TYPE odd gauge\nodd{l=${JSON.stringify(hostile)}} 1700000000\n`
      await push(gateway.url, `/pg/metrics/job/${encodeURIComponent(hostile)}/a/%CE%A0%0A`, body)
      await push(
        gateway.url,
        '/pg/metrics/job/timing',
        '# TYPE h histogram\nh_bucket{le="0.1"} 1\nh_bucket{le="2"} 2\nh_sum 3\nh_count 4\n',
      )
      expect((await send(gateway.url, ['PUT', '/pg/metrics/job/bad', 'x 1 1\n'])).status).toBe(400)

      const { page, complaints } = await openPage(browser)
      const groups = page.locator('details.group')
      await page.goto(`${gateway.url}/pg/`)
      await page.getByText('123 groups').waitFor()
      expect(await groups.count()).toBe(50)
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByText('51–100 of 123').waitFor()
      await page.getByLabel('Order').selectOption('failed')
      await groups.first().getByText('Last push failed').waitFor()
      await screenshot(page, 'pushgateway-failed-first')

      await page.keyboard.press('Escape')
      await page.locator('h1').click()
      await page.keyboard.press('/')
      await page.keyboard.type('odd')
      await page.getByText('1 group matches').waitFor()
      expect(page.url()).toContain('search=odd')
      await groups.first().locator('summary').press('Enter')
      await page.getByRole('heading', { name: /^odd/ }).waitFor()
      expect(await page.locator('.family').first().textContent()).toContain(hostile)
      expect(await page.locator('.family .value').nth(1).textContent()).toBe('1700000000')
      expect(await page.title()).toBe('Pushgateway')
      await screenshot(page, 'pushgateway-series')

      await page.getByRole('button', { name: 'Delete group' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
      expect(await groups.count()).toBe(1)
      await page.getByRole('button', { name: 'Delete group' }).click()
      await screenshot(page, 'pushgateway-confirm')
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('0 groups match').waitFor()
      const exposed = await send(gateway.url, ['GET', '/pg/metrics'])
      expect(exposed.body).not.toContain('odd')
      expect(exposed.body).toContain('done{instance="host7",job="batch"} 1')

      await page.getByRole('searchbox').fill('timing')
      await page.getByText('1 group matches').waitFor()
      await groups.first().locator('summary').click()
      await page.getByText('≤ 0.1').waitFor()
      expect(await page.locator('.family').first().locator('td.value').allTextContents()).toEqual([
        '1',
        '2',
        '3',
        '4',
      ])
      expect(complaints.list).toEqual([])
    } finally {
      await browser.close()
      await gateway.stop()
    }
  },
  60_000,
)

testWithPeer(
  'chromium',
  'the page fits a narrow screen, shows flags, wipes, and says when the gateway is gone',
  async (chromium) => {
    const gateway = await startProgram(main, ['--web.enable-admin-api'])
    const browser = await launchBrowser(chromium)
    try {
      const long = 'x'.repeat(200)
      await push(gateway.url, `/metrics/job/${long}/instance/${long}`, `${long} 1\n`)
      const { page, complaints } = await openPage(browser, { width: 360, height: 700 })
      await page.goto(`${gateway.url}/status`)
      await page.getByText('web.enable-admin-api').waitFor()
      await screenshot(page, 'pushgateway-status-narrow')
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
      expect(await page.evaluate(overflow)).toBe(0)
      await page.getByRole('link', { name: 'Groups' }).click()
      await page.locator('details.group summary').click()
      await page.getByRole('heading', { name: long }).waitFor()
      expect(await page.evaluate(overflow)).toBe(0)
      await screenshot(page, 'pushgateway-narrow')
      await page.getByRole('button', { name: 'Delete all groups' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('Nothing was pushed yet').waitFor()
      expect(complaints.list).toEqual([])
      await gateway.stop()
      await page.getByRole('button', { name: 'Refresh' }).click()
      await waitFor('the message', async () => {
        return (await page.getByRole('alert').textContent())?.includes('did not answer')
      })
      await screenshot(page, 'pushgateway-gone')
    } finally {
      await browser.close()
      await gateway.stop()
    }
  },
  60_000,
)
