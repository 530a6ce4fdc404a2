import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { launchBrowser, openPage, screenshot } from '../browser.ts'
import { freePorts } from '../free-ports.ts'
import { testWithPeer } from '../peer.ts'
import { queryInstant } from '../query.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'
import { type RunningProgram, startProgram } from './program.ts'

type House = { pullserver: RunningProgram; exporter: RunningProgram; stop(): Promise<void> }

/** A pull server with one target that is up and one that is down, after a few scrapes. */
async function startHouse(folder: string): Promise<House> {
  const exporter = await startProgram('exporters/node/main.ts')
  const [nobody] = await freePorts(1)
  const config = join(folder, 'prometheus.yml')
  const up = new URL(exporter.url).host
  writeFileSync(
    config,
    `global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: node\n    static_configs:\n      - targets: ["${up}"]\n  - job_name: away\n    static_configs:\n      - targets: ["127.0.0.1:${nobody}"]\n`,
  )
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`]
  const pullserver = await startProgram('pullserver/main.ts', flags)
  await waitFor('samples', async () => {
    const [count] = await queryInstant(pullserver.url, 'min(count_over_time(up[1m]))')
    return Number(count?.value[1]) >= 5
  })
  return {
    pullserver,
    exporter,
    stop: async () => void (await Promise.all([pullserver.stop(), exporter.stop()])),
  }
}

testWithPeer(
  'chromium',
  'the pull server runs a query as table and graph, and shows why a target is down',
  async (chromium) => {
    using folder = temporaryFolder()
    const house = await startHouse(folder.path)
    const browser = await launchBrowser(chromium)
    try {
      const { page, complaints } = await openPage(browser)
      await page.goto(house.pullserver.url)
      await page.getByLabel('PromQL query').fill('up')
      await page.keyboard.press('Enter')
      await page.getByText('up{instance="').first().waitFor()
      expect(await page.locator('#result tr').count()).toBe(2)
      await screenshot(page, 'pullserver-table')

      await page.getByLabel('PromQL query').fill('rate(node_cpu_seconds_total{mode!="idle"}[10s])')
      await page.getByRole('tab', { name: 'Graph' }).click()
      await page.getByLabel('Range', { exact: true }).fill('1m')
      await page.keyboard.press('Enter')
      await page.locator('.chart canvas').waitFor()
      expect(await page.locator('.legend li').count()).toBeGreaterThan(2)
      await screenshot(page, 'pullserver-graph')
      expect(page.url()).toContain('g0.tab=graph')

      await page.getByLabel('PromQL query').fill('sum(up')
      await page.getByRole('button', { name: 'Run' }).click()
      expect(await page.getByRole('alert').textContent()).toContain('parse error')
      await screenshot(page, 'pullserver-error')
      // The browser reports the 400 that the bad query was answered with; there must be nothing else.
      expect(complaints.list.filter((text) => !text.includes('400'))).toEqual([])

      await page.getByRole('link', { name: 'Targets' }).click()
      await page.getByText('1 of 2 up').waitFor()
      expect(await page.locator('tr[data-health="down"]').textContent()).toContain('refused')
      await screenshot(page, 'pullserver-targets')
      await page.getByLabel('only those that are not up').check()
      expect(await page.locator('tr[data-health]').count()).toBe(1)

      await page.getByRole('link', { name: 'Status' }).click()
      await page.getByText('job_name: node').waitFor()
      await screenshot(page, 'pullserver-status')
    } finally {
      await browser.close()
      await house.stop()
    }
  },
  60_000,
)

testWithPeer(
  'chromium',
  'the pull server works by keyboard on a narrow screen',
  async (chromium) => {
    using folder = temporaryFolder()
    const house = await startHouse(folder.path)
    const browser = await launchBrowser(chromium)
    try {
      const { page, complaints } = await openPage(browser, { width: 390, height: 800 })
      await page.goto(`${house.pullserver.url}/query`)
      await page.keyboard.type('node_lo')
      await page.getByRole('option').first().waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Enter')
      await page.getByText('node_load1{').first().waitFor()
      await screenshot(page, 'pullserver-narrow')
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
      expect(await page.evaluate(overflow)).toBe(0)
      await page.goto(`${house.pullserver.url}/targets`)
      await page.getByText('1 of 2 up').waitFor()
      await screenshot(page, 'pullserver-targets-narrow')
      expect(await page.evaluate(overflow)).toBe(0)
      expect(complaints.list).toEqual([])
    } finally {
      await browser.close()
      await house.stop()
    }
  },
  60_000,
)

testWithPeer(
  'chromium',
  "an exporter's page filters its families as you type",
  async (chromium) => {
    const exporter = await startProgram('exporters/node/main.ts')
    const browser = await launchBrowser(chromium)
    try {
      const { page, complaints } = await openPage(browser)
      await page.goto(exporter.url)
      await page.getByText('node_load1').first().waitFor()
      await screenshot(page, 'node-exporter')
      await page.getByRole('searchbox').fill('memavailable')
      await page.getByText('node_memory_MemAvailable_bytes').first().waitFor()
      await page.getByText('node_load1', { exact: true }).waitFor({ state: 'hidden' })
      await screenshot(page, 'node-exporter-filtered')
      expect(complaints.list).toEqual([])
    } finally {
      await browser.close()
      await exporter.stop()
    }
  },
  60_000,
)
