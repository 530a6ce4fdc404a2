/**
 * Where the numbers of a scraped protobuf metric are. A metric whose other bytes are those of the scrape
 * before is the same series, and its values are read from these places without looking at more.
 */
import type { MetricType } from './family.ts'
import { DELIMITED, FIXED32, FIXED64, VARINT } from './proto-wire.ts'

/** In place of a sample: the timestamp of the metric. */
export const timestampTarget = -1

/** Fields in the order of the wire, by their offsets in the metric. */
export class Shape {
  readonly offsets: number[] = []
  /** 0 for a double, else the length of a varint. */
  readonly widths: number[] = []
  /** Which sample of the metric it is, or timestampTarget. */
  readonly targets: number[] = []
  /** The last sample is a bucket for +Inf that is not there: it has the value of the first. */
  endsInCount = false

  /**
   * Finds the fields of a metric that was read and is valid. False when its numbers cannot be told from
   * their places: floats beside integers, a field twice, native buckets.
   */
  read(bytes: Uint8Array, start: number, end: number, type: MetricType): boolean {
    this.offsets.length = 0
    this.widths.length = 0
    this.targets.length = 0
    this.endsInCount = false
    this.#bytes = bytes
    this.#start = start
    this.#samples = 0
    this.#hasInfinity = false
    const value = valueFields[type] ?? 0
    const isWhole = this.#fields(start, end, (number, at, wire) => {
      if (number === 1) return wire === DELIMITED
      if (number === 6) return this.#add(at, wire, timestampTarget)
      if (number !== value || wire !== DELIMITED) return false
      return this.#value(at, this.#end, type)
    })
    if (!isWhole || new Set(this.targets).size !== this.targets.length) return false
    this.endsInCount = this.#isHistogram(type) && !this.#hasInfinity
    return true
  }

  #bytes: Uint8Array = new Uint8Array()
  #start = 0
  #samples = 0
  #hasInfinity = false
  /** Of the content of the field that is looked at. */
  #end = 0

  #isHistogram(type: MetricType): boolean {
    return type === 'histogram' || type === 'gaugehistogram'
  }

  #value(start: number, end: number, type: MetricType): boolean {
    if (type === 'summary') {
      return this.#fields(start, end, (number, at, wire) => {
        if (number === 1 || number === 2) return this.#add(at, wire, number - 1)
        return number === 3 ? this.#point(at, this.#end, 2, -1) : number === 4
      })
    }
    if (this.#isHistogram(type)) {
      return this.#fields(start, end, (number, at, wire) => {
        if (number === 1 || number === 2) return this.#add(at, wire, number - 1)
        if (number === 4) return this.#add(at, wire, 0)
        return number === 3 ? this.#point(at, this.#end, 1, 4) : number === 15
      })
    }
    // What an exemplar or a created time is, or is not, changes no sample; it is compared all the same.
    return this.#fields(start, end, (number, at, wire) => {
      return number === 1 ? this.#add(at, wire, 0) : number <= 3
    })
  }

  /** A quantile or a bucket, whose value is in field `value` or `other`. */
  #point(start: number, end: number, value: number, other: number): boolean {
    const target = 2 + this.#samples++
    if (this.#hasInfinity) return false
    let bounds = 0
    return this.#fields(start, end, (number, at, wire) => {
      if (number === value || number === other) return this.#add(at, wire, target)
      if (other !== -1 && number === 2) {
        this.#hasInfinity = isInfinity(this.#bytes, at)
        bounds++
      }
      return bounds < 2
    })
  }

  #add(at: number, wire: number, target: number): boolean {
    if (wire !== FIXED64 && wire !== VARINT) return false
    this.offsets.push(at - this.#start)
    this.widths.push(wire === FIXED64 ? 0 : this.#end - at)
    this.targets.push(target)
    return true
  }

  /** Calls `visit` with each field of a message until it gives false. */
  #fields(
    start: number,
    end: number,
    visit: (number: number, at: number, wire: number) => boolean,
  ): boolean {
    let at = start
    while (at < end) {
      const tag = this.#varint(at)
      at = this.#end
      const wire = tag % 8
      if (wire === VARINT) this.#varint(at)
      else if (wire === FIXED64) this.#end = at + 8
      else if (wire === FIXED32) this.#end = at + 4
      else if (wire === DELIMITED) {
        const length = this.#varint(at)
        at = this.#end
        this.#end = at + length
      } else return false
      const next = this.#end
      if (!visit(Math.floor(tag / 8), at, wire)) return false
      at = next
    }
    return true
  }

  /** Sets #end behind it. */
  #varint(start: number): number {
    let value = 0
    let factor = 1
    for (let at = start; ; at++, factor *= 128) {
      const byte = this.#bytes[at] as number
      value += (byte & 0x7f) * factor
      if (byte >= 0x80) continue
      this.#end = at + 1
      return value
    }
  }
}

/** The field of Metric that has the value. */
const valueFields: Readonly<Partial<Record<MetricType, number>>> = {
  gauge: 2,
  counter: 3,
  summary: 4,
  unknown: 5,
  histogram: 7,
  gaugehistogram: 7,
}

/** Whether the double there is positive infinity. */
function isInfinity(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 7] !== 0x7f || bytes[at + 6] !== 0xf0) return false
  for (let index = at; index < at + 6; index++) if (bytes[index] !== 0) return false
  return true
}
