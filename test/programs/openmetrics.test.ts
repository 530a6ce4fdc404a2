/** Who gets OpenMetrics from the programs that offer it, and who gets the text that curl knows. */
import { expect, test } from 'vitest'
import { startProgram } from './program.ts'

const prometheus =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
  'text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

const programs: Readonly<Record<string, readonly string[]>> = {
  'exporters/node/main.ts': ['--collector.disable-defaults', '--collector.loadavg'],
  'exporters/nginx/main.ts': ['--nginx.scrape-uri=http://127.0.0.1:1/stub_status'],
}

for (const [main, args] of Object.entries(programs)) {
  test(`${main} answers Prometheus in OpenMetrics, and curl and browsers in text`, async () => {
    await using program = await startProgram(main, args)
    const get = async (accept: string): Promise<{ type: string | null; page: string }> => {
      const response = await fetch(`${program.url}/metrics`, { headers: { accept } })
      return { type: response.headers.get('content-type'), page: await response.text() }
    }
    const open = await get(prometheus)
    expect(open.type).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    )
    expect(open.page).toMatch(/\n# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total /)
    expect(open.page.endsWith('\n# EOF\n')).toBe(true)
    for (const accept of ['*/*', browser]) {
      const { type, page } = await get(accept)
      expect(type, accept).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores')
      expect(page).toMatch(/\n# TYPE process_cpu_seconds_total counter\n/)
      expect(page).not.toContain('# EOF')
    }
  })
}
