import { execFileSync } from 'node:child_process'
import { expect } from 'vitest'
import { launchBrowser, openPage, screenshot } from '../browser.ts'
import { testWithPeer } from '../peer.ts'
import { send } from '../pushgateway/run-http-case.ts'
import { temporaryFolder } from '../temporary-folder.ts'
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

testWithPeer(
  'chromium',
  'the page deletes what a selector matches, and pushes, with the command for it',
  async (chromium) => {
    using folder = temporaryFolder()
    const gateway = await startProgram(main)
    const browser = await launchBrowser(chromium)
    try {
      for (const instance of ['web1', 'web2', 'db1']) {
        await push(gateway.url, `/metrics/job/import/instance/${instance}`, 'rows 1\nfailed 0\n')
      }
      const { page, complaints } = await openPage(browser, { width: 390, height: 800 })
      await page.goto(gateway.url)
      await page.getByText('3 groups').waitFor()
      const remove = page.getByRole('button', { name: 'Delete matching' })
      expect(await remove.isDisabled()).toBe(true)
      await page.getByRole('searchbox').fill('{instance=~"web')
      await page.getByText('column 12: unterminated quoted string', { exact: true }).waitFor()
      await screenshot(page, 'pushgateway-selector-unfinished')
      await page.getByRole('searchbox').fill('rows{instance=~"web.+"}')
      await page.getByText('2 groups match').waitFor()
      expect(await remove.isDisabled()).toBe(true)
      await page.getByRole('searchbox').fill('{instance=~"web.+"}')
      await page.getByText('2 groups match').waitFor()
      await remove.press('Enter')
      const dialog = page.getByRole('dialog')
      await dialog.getByText('Delete 2 groups?').waitFor()
      await dialog.getByText('with 4 series').waitFor()
      await screenshot(page, 'pushgateway-delete-matching')
      await page.keyboard.press('Enter') // Cancel has the focus
      expect(await page.locator('details.group').count()).toBe(2)
      await remove.click()
      await dialog.getByRole('button', { name: 'Delete' }).click()
      await page.getByText('0 groups match').waitFor()
      await page.getByRole('searchbox').fill('')
      await page.getByText('1 group', { exact: true }).waitFor()

      await page.getByRole('button', { name: 'Push' }).press('Enter')
      await page.keyboard.type(hostile)
      await page.getByLabel('Other labels').fill("empty=\npath=/a'b\ndots=..\nname=it's")
      await page.getByLabel('Metrics', { exact: true }).fill('pushed{a="$(id)"} 1 1')
      await page.getByRole('button', { name: 'Push', exact: true }).last().click()
      await dialog.getByText('400: pushed metrics are invalid').waitFor()
      await screenshot(page, 'pushgateway-push-refused')
      await page.getByLabel('Metrics', { exact: true }).fill('pushed{a="$(id)"} 1\n# END\nEND 1')
      await page.getByLabel('PUT replaces the whole group').check()
      await page.getByRole('button', { name: 'Push', exact: true }).last().click()
      await dialog.getByText('200: stored.').waitFor()
      await screenshot(page, 'pushgateway-push')
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
      expect(await page.evaluate(overflow)).toBe(0)
      const pushed = (await send(gateway.url, ['GET', '/metrics'])).body
      const line = pushed.split('\n').find((text) => text.startsWith('pushed{'))
      expect(line).toContain(
        `a="$(id)",dots="..",empty="",instance="",job="${hostile.replaceAll('"', '\\"')}"`,
      )
      expect(line).toContain(`name="it's",path="/a'b"} 1`)

      const command = (await page.locator('#push-command').textContent()) ?? ''
      await send(gateway.url, ['DELETE', '/api/v1/groups?match[]={dots!=""}'])
      execFileSync('sh', ['-c', command], { cwd: folder.path, stdio: 'pipe' })
      expect((await send(gateway.url, ['GET', '/metrics'])).body).toContain(`${line}\n`)
      await page.keyboard.press('Escape')
      await page.getByText('2 groups', { exact: true }).waitFor()
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.locator('details.group summary').last().click()
      await page.getByRole('heading', { name: /^rows/ }).waitFor()
      await screenshot(page, 'pushgateway-narrow-dark')
      expect(complaints.list.filter((text) => !text.includes('400'))).toEqual([])
    } finally {
      await browser.close()
      await gateway.stop()
    }
  },
  60_000,
)
