/** One of the two pages that are compared: the tables of it, and a reader of its bytes. */
import type { MetricType } from './family.ts'
import { WireReader, type WireRules } from './proto-reader.ts'
import { type MetricSamples, metricSamples, readFields } from './proto-samples.ts'
import { ProtoTable, type ScrapedFamily } from './proto-table.ts'
import { ScrapeParseError } from './scrape-error.ts'

export class ProtoSide {
  readonly table = new ProtoTable()
  reader = new WireReader(new Uint8Array(), rules)

  /** Takes a copy of a body. */
  load(body: Uint8Array): void {
    const { table } = this
    table.load(body)
    this.reader = new WireReader(table.bytes.subarray(0, body.length), rules)
  }

  /** Reads a metric by its bytes. Throws ScrapeParseError. */
  read(family: Pick<ScrapedFamily, 'name' | 'type'>, start: number, end: number): MetricSamples {
    const { name, type }: { name: string; type: MetricType } = family
    return metricSamples(this.reader, name, type, readFields(this.reader, start, end))
  }

  /** Reads a metric of the tables again: they keep no labels. */
  readMetric(metric: number): MetricSamples {
    const { table } = this
    const start = table.starts[metric] ?? 0
    return this.read(this.familyOf(metric), start, start + (table.lengths[metric] ?? 0))
  }

  familyOf(metric: number): ScrapedFamily {
    const family = this.table.families[this.table.familyOf[metric] ?? 0]
    if (family === undefined) throw new RangeError(`no family has metric ${metric}`)
    return family
  }
}

/** Those of gogo/protobuf, which Prometheus reads with. */
const rules: WireRules = {
  isLenient: false,
  fail(message) {
    throw new ScrapeParseError(message)
  },
}
