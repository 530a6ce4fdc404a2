/** A scraped protobuf page: its bytes, and in tables where its families, metrics, numbers and samples are. */
import type { MetricType } from './family.ts'
import { HashChains, withRoom } from './hash-chains.ts'
import type { Shape } from './proto-shape.ts'
import { timestampTarget } from './proto-shape.ts'
import { equalBytes } from './scrape-page.ts'

export type ScrapedFamily = {
  readonly name: string
  readonly type: MetricType
  readonly help: string
  readonly unit: string
  /** Bytes before the first metric and behind the last one; -1 where there are others between them. */
  readonly headLength: number
  readonly tailLength: number
  /** In the tables of metrics; the last one ends where the next family begins. */
  readonly firstMetric: number
}

/** Flags of a metric: its numbers are at known places; its last sample is its first. */
const REGULAR = 1
const ENDS_IN_COUNT = 2

export class ProtoTable {
  bytes: Buffer = Buffer.alloc(16)
  view = new DataView(this.bytes.buffer)
  length = 0
  /** Those with metrics; shared with the table it was copied from, until it is truncated. */
  families: ScrapedFamily[] = []
  /** By family: start of its message. */
  familyStarts = new Int32Array(8)
  metrics = 0
  /** By metric: its bytes, its family, its hash, and where its samples start. */
  starts = new Int32Array(8)
  lengths = new Int32Array(8)
  familyOf = new Int32Array(8)
  hashes = new Int32Array(8)
  firstSamples = new Int32Array(8)
  samples = 0
  /** By sample; `known` is the ref as resolved, `refs` has -1 for repeated samples. */
  known = new Int32Array(8)
  refs = new Int32Array(8)
  values = new Float64Array(8)
  timestamps = new Float64Array(8)
  duplicates = 0
  isTimed = false
  /** Metrics by hash, made when first asked for. */
  #chains: HashChains | undefined
  #flags = new Uint8Array(8)
  #fields = 0
  #firstFields = new Int32Array(8)
  /** By field: as in a Shape. */
  #offsets = new Int32Array(8)
  #widths = new Uint8Array(8)
  #targets = new Int32Array(8)

  /** Takes a copy of a body. */
  load(body: Uint8Array): void {
    const needed = body.length + 16
    if (this.bytes.length < needed || this.bytes.length > needed * 4 + 65536) {
      this.bytes = Buffer.allocUnsafeSlow(needed + (needed >> 3))
      this.view = new DataView(this.bytes.buffer)
    }
    this.bytes.set(body)
    this.length = body.length
  }

  /** Becomes the same as another table but for the bytes, values with it. */
  copy(from: ProtoTable): void {
    const { metrics, samples } = from
    this.families = from.families
    this.metrics = metrics
    this.samples = samples
    this.#fields = from.#fields
    this.duplicates = from.duplicates
    this.isTimed = from.isTimed
    this.#chains = from.#chains
    this.#reserve(from.families.length, metrics, samples, from.#fields)
    this.familyStarts.set(from.familyStarts.subarray(0, from.families.length))
    this.starts.set(from.starts.subarray(0, metrics))
    this.lengths.set(from.lengths.subarray(0, metrics))
    this.familyOf.set(from.familyOf.subarray(0, metrics))
    this.hashes.set(from.hashes.subarray(0, metrics))
    this.firstSamples.set(from.firstSamples.subarray(0, metrics + 1))
    this.#flags.set(from.#flags.subarray(0, metrics))
    this.#firstFields.set(from.#firstFields.subarray(0, metrics + 1))
    this.#offsets.set(from.#offsets.subarray(0, from.#fields))
    this.#widths.set(from.#widths.subarray(0, from.#fields))
    this.#targets.set(from.#targets.subarray(0, from.#fields))
    this.known.set(from.known.subarray(0, samples))
    this.refs.set(from.refs.subarray(0, samples))
    this.values.set(from.values.subarray(0, samples))
    this.timestamps.set(from.timestamps.subarray(0, samples))
  }

  /** Keeps so many families, to be followed by others. */
  truncate(families: number): void {
    const next = this.families[families]
    this.families = this.families.slice(0, families)
    this.#chains = undefined
    if (next === undefined) return
    this.metrics = next.firstMetric
    this.samples = this.firstSamples[this.metrics] ?? 0
    this.#fields = this.#firstFields[this.metrics] ?? 0
  }

  /** Where the samples of a metric end. */
  samplesEnd(metric: number): number {
    return metric + 1 < this.metrics ? (this.firstSamples[metric + 1] ?? 0) : this.samples
  }

  /** Where the bytes behind the last metric of a family start. */
  tailStart(index: number): number {
    const last = (this.families[index + 1]?.firstMetric ?? this.metrics) - 1
    return (this.starts[last] ?? 0) + (this.lengths[last] ?? 0)
  }

  addFamily(family: ScrapedFamily, start: number): void {
    const { length } = this.families
    this.#reserve(length + 1, 0, 0, 0)
    this.familyStarts[length] = start
    this.families.push(family)
  }

  /** Adds a metric with so many samples; `known` and `values` of them are the caller's to fill. */
  addMetric(
    start: number,
    length: number,
    hash: number,
    samples: number,
    timestampMs: number,
    shape: Shape | undefined,
  ): void {
    const fields = shape?.offsets.length ?? 0
    this.#reserve(0, this.metrics + 1, this.samples + samples, this.#fields + fields)
    this.#setShape(this.metrics, this.#fields, shape)
    this.timestamps.fill(timestampMs, this.samples, this.samples + samples)
    this.#place(start, length, hash, samples, fields)
  }

  /** Adds a metric of another table, if the bytes here are the same but for its values. */
  addFollowed(from: ProtoTable, metric: number, start: number, length: number): boolean {
    const first = from.firstSamples[metric] ?? 0
    const samples = from.samplesEnd(metric) - first
    const firstField = from.#firstFields[metric] ?? 0
    const fields = (from.#firstFields[metric + 1] ?? 0) - firstField
    this.#reserve(0, this.metrics + 1, this.samples + samples, this.#fields + fields)
    for (let sample = 0; sample < samples; sample++) {
      this.known[this.samples + sample] = from.known[first + sample] ?? -1
      // Those that are not written keep the value they have without: 0.
      this.values[this.samples + sample] = from.values[first + sample] ?? 0
    }
    if (!this.follow(from, metric, start, length, this.samples)) return false
    for (let field = 0; field < fields; field++) {
      this.#offsets[this.#fields + field] = from.#offsets[firstField + field] ?? 0
      this.#widths[this.#fields + field] = from.#widths[firstField + field] ?? 0
      this.#targets[this.#fields + field] = from.#targets[firstField + field] ?? 0
    }
    this.#flags[this.metrics] = from.#flags[metric] ?? 0
    this.#place(start, length, from.hashes[metric] ?? 0, samples, fields)
    return true
  }

  #place(start: number, length: number, hash: number, samples: number, fields: number): void {
    const { metrics } = this
    this.starts[metrics] = start
    this.lengths[metrics] = length
    this.familyOf[metrics] = this.families.length - 1
    this.hashes[metrics] = hash
    this.samples += samples
    this.#fields += fields
    this.metrics = metrics + 1
    this.firstSamples[metrics + 1] = this.samples
    this.#firstFields[metrics + 1] = this.#fields
  }

  /** Gives a metric another shape; false when that has more numbers or fewer. */
  reshape(metric: number, shape: Shape | undefined): boolean {
    const first = this.#firstFields[metric] ?? 0
    const fields = (this.#firstFields[metric + 1] ?? 0) - first
    if (fields !== (shape?.offsets.length ?? 0)) return false
    this.#setShape(metric, first, shape)
    return true
  }

  /**
   * Reads the values of a metric of another table from bytes here, into samples from `sample` on. False
   * when anything but the values differs; what was written then means nothing.
   */
  follow(from: ProtoTable, metric: number, start: number, length: number, sample: number): boolean {
    const flags = from.#flags[metric] ?? 0
    if (from.lengths[metric] !== length || (flags & REGULAR) === 0) return false
    const { view, values } = this
    const old = from.starts[metric] ?? 0
    const end = from.#firstFields[metric + 1] ?? 0
    let timestampMs = Number.NaN
    let at = 0
    for (let field = from.#firstFields[metric] ?? 0; field < end; field++) {
      const offset = from.#offsets[field] ?? 0
      const width = from.#widths[field] ?? 0
      if (equalBytes(view, start + at, from.view, old + at, offset - at) < offset - at) return false
      at = offset + (width === 0 ? 8 : width)
      const value =
        width === 0
          ? view.getFloat64(start + offset, true)
          : readVarint(this.bytes, start + offset, width)
      if (width !== 0 && value === -1) return false
      const target = from.#targets[field] ?? 0
      if (target === timestampTarget) timestampMs = value
      // A NaN can carry other bits, which would make a stale marker of it.
      else values[sample + target] = Number.isNaN(value) ? Number.NaN : value
    }
    if (equalBytes(view, start + at, from.view, old + at, length - at) < length - at) return false
    const count = from.samplesEnd(metric) - (from.firstSamples[metric] ?? 0)
    if ((flags & ENDS_IN_COUNT) !== 0) values[sample + count - 1] = values[sample] ?? 0
    // Zero is no timestamp, and with one or without is not the same.
    if (timestampMs === 0) return false
    for (let index = 0; index < count; index++) this.timestamps[sample + index] = timestampMs
    return true
  }

  /** The first metric with this hash, -1 for none; nextWith() gives the others. */
  firstWith(hash: number): number {
    if (this.#chains === undefined) {
      this.#chains = new HashChains()
      this.#chains.reserve(this.metrics)
      for (let metric = 0; metric < this.metrics; metric++) {
        this.#chains.add(this.hashes[metric] ?? 0)
      }
    }
    return this.#chains.first(hash)
  }

  nextWith(metric: number): number {
    return this.#chains?.next(metric) ?? -1
  }

  #setShape(metric: number, first: number, shape: Shape | undefined): void {
    const end = shape?.endsInCount === true ? ENDS_IN_COUNT : 0
    this.#flags[metric] = shape === undefined ? 0 : REGULAR | end
    if (shape === undefined) return
    for (let field = 0; field < shape.offsets.length; field++) {
      this.#offsets[first + field] = shape.offsets[field] ?? 0
      this.#widths[first + field] = shape.widths[field] ?? 0
      this.#targets[first + field] = shape.targets[field] ?? 0
    }
  }

  #reserve(families: number, metrics: number, samples: number, fields: number): void {
    this.familyStarts = withRoom(this.familyStarts, families)
    if (metrics >= this.starts.length) {
      this.starts = withRoom(this.starts, metrics + 1)
      this.lengths = withRoom(this.lengths, metrics + 1)
      this.familyOf = withRoom(this.familyOf, metrics + 1)
      this.hashes = withRoom(this.hashes, metrics + 1)
      this.firstSamples = withRoom(this.firstSamples, metrics + 1)
      this.#firstFields = withRoom(this.#firstFields, metrics + 1)
      this.#flags = withRoom(this.#flags, metrics + 1)
    }
    this.known = withRoom(this.known, samples)
    this.refs = withRoom(this.refs, samples)
    this.values = withRoom(this.values, samples)
    this.timestamps = withRoom(this.timestamps, samples)
    this.#offsets = withRoom(this.#offsets, fields)
    this.#widths = withRoom(this.#widths, fields)
    this.#targets = withRoom(this.#targets, fields)
  }
}

/** A varint of exactly so many bytes; -1 for one of another length, or beyond exact doubles. */
function readVarint(bytes: Uint8Array, start: number, length: number): number {
  let value = 0
  for (let index = length - 1; index >= 0; index--) {
    const byte = bytes[start + index] as number
    if (byte >= 0x80 !== index < length - 1) return -1
    value = value * 128 + (byte & 0x7f)
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : -1
}
