/**
 * Reading pages: scrapes of 1,000 and 100,000 series whose layout stays, with series that come and go,
 * and for the first time; and a small push. Divide by the series count for ns a sample.
 */
import { test } from 'vitest'
import { decodeText } from '../shared/exposition/decode-text.ts'
import { ScrapeParser } from '../shared/exposition/scrape.ts'

/** Families of 25 series with four labels, about 125 bytes a line; 40% of the values change a round. */
function page(series: number, round: number, changingPercent = 0): Buffer {
  const lines: string[] = []
  for (let index = 0; index < series; index++) {
    const family = `node_bench_subsystem_${Math.floor(index / 25)}_bytes`
    if (index % 25 === 0) {
      lines.push(`# HELP ${family} A family of the bench.`, `# TYPE ${family} gauge`)
    }
    const id = index % 100 < changingPercent ? `${index}-${round}` : index
    const labels = `device="/dev/mapper/vg-${id}",fstype="ext4",mountpoint="/var/lib/containers/${index % 25}",mode="read"`
    const value = nodeValue(index, index % 5 < 2 ? round : 0)
    lines.push(`${family}{${labels}} ${value}`)
  }
  return Buffer.from(`${lines.join('\n')}\n`)
}

/** Small integers, large integers, cpu seconds, and ratios with all the digits a double has. */
function nodeValue(index: number, round: number): number {
  switch (index % 4) {
    case 0:
      return (index + round) % 1000
    case 1:
      return 1_000_000 + (index + round) * 4096
    case 2:
      return Math.round((index + round) * 12337) / 100
    default:
      return ((index + round) % 997) / 997
  }
}

/** Gives each new series the next ref, as a store does. */
function counting(): { resolve(): number } {
  let refs = 0
  return { resolve: () => refs++ }
}

for (const series of [1000, 100_000]) {
  for (const changingPercent of [0, 1, 10]) {
    const title = `scrape ${series} series, ${changingPercent}% come and go`
    test(title, async ({ bench }) => {
      const pages = [0, 1, 2, 3].map((round) => page(series, round, changingPercent))
      const parser = new ScrapeParser()
      const sink = counting()
      let round = 0
      await bench(title, () => {
        parser.parse(pages[round++ % pages.length] ?? pages[0] ?? Buffer.alloc(0), 'text', sink)
      }).run()
    })
  }
  test(`scrape ${series} series for the first time`, async ({ bench }) => {
    const first = page(series, 0)
    await bench(`scrape ${series} first`, () => {
      new ScrapeParser().parse(first, 'text', counting())
    }).run()
  })
}

test('decode a push of 4 families, 520 bytes', async ({ bench }) => {
  const push = Buffer.from(
    ['rows', 'errors', 'seconds', 'last_success']
      .map(
        (name) =>
          `# HELP nightly_job_${name} What the job did, told at its end.\n# TYPE nightly_job_${name} gauge\nnightly_job_${name}{shard="3"} 1234.5\n`,
      )
      .join(''),
  )
  await bench('decode push', () => {
    decodeText(push)
  }).run()
})
