/** The machine right now, in a screenful for people. */

import type { Disk, Interface, Now, TopProcess } from './os-utils.ts'

/** What Node itself tells. */
export type Basics = {
  readonly hostName: string
  /** `Linux 6.1.0 x64`. */
  readonly system: string
  readonly uptimeSeconds: number
  /** Over 1, 5 and 15 minutes. */
  readonly load: readonly number[]
  readonly cpus: number
}

export function formatStatus(basics: Basics, now: Now): string {
  const { hostName, system, uptimeSeconds, load, cpus } = basics
  const lines = [
    `${hostName}, ${system}, up ${duration(uptimeSeconds)}`,
    '',
    row('load', `${load.map((value) => value.toFixed(2)).join(' ')} on ${count(cpus, 'CPU')}`),
    row(
      'cpu',
      told(now.cpu, ({ percent, cores }) => cpuText(percent, cores)),
    ),
    row('memory', told(now.memory, memoryText)),
    row('swap', told(now.swap, swapText)),
    ...rows('disk', now.disks, (disks) => realDisks(disks).map(diskText)),
    ...rows('network', now.network, (interfaces) => interfaces.filter(isUsed).map(interfaceText)),
    ...rows('by cpu', now.byCpu, (processes) => processes.map(cpuOfProcess)),
    ...rows('by memory', now.byMemory, (processes) => processes.map(memoryOfProcess)),
  ]
  return `${lines.join('\n')}\n`
}

function row(name: string, text: string): string {
  return `${name.padEnd(11)}${text}`
}

function told<Value>(value: Value | Error, write: (value: Value) => string): string {
  return value instanceof Error ? `not known: ${value.message}` : write(value)
}

function rows<Value>(
  name: string,
  value: Value | Error,
  write: (value: Value) => readonly string[],
): string[] {
  if (value instanceof Error) return [row(name, told(value, String))]
  const texts = write(value)
  if (texts.length === 0) return [row(name, 'none')]
  return texts.map((text, index) => row(index === 0 ? name : '', text))
}

function cpuText(percent: number, cores: readonly number[]): string {
  const each = cores.length > 1 && cores.length <= 16 ? ` (${cores.map(whole).join(' ')})` : ''
  return `${whole(percent)} busy or waiting for disks${each}`
}

function memoryText(memory: Exclude<Now['memory'], Error>): string {
  const { totalBytes, availableBytes, cachedBytes } = memory
  const used = totalBytes - availableBytes
  const share = whole((100 * used) / totalBytes)
  return `${size(used)} of ${size(totalBytes)} taken (${share}), ${size(availableBytes)} to be had, ${size(cachedBytes)} of files in cache`
}

function swapText({ totalBytes, usedBytes }: Exclude<Now['swap'], Error>): string {
  if (totalBytes === 0) return 'none'
  return `${size(usedBytes)} of ${size(totalBytes)} taken (${whole((100 * usedBytes) / totalBytes)})`
}

/** Once each, without those that are no disk: the root always, else what is a device or a server. */
function realDisks(disks: readonly Disk[]): Disk[] {
  const seen = new Set<string>()
  return disks.filter(({ device, mountPoint, totalBytes }) => {
    const isReal = mountPoint === '/' || device.startsWith('/') || device.includes(':')
    if (!isReal || totalBytes === 0 || seen.has(device)) return false
    seen.add(device)
    return true
  })
}

/** As df(1) counts: what is kept for root is neither used nor available. */
function diskText({ device, mountPoint, usedBytes, availableBytes }: Disk): string {
  const share = whole((100 * usedBytes) / (usedBytes + availableBytes || 1))
  return `${mountPoint}  ${share} full, ${size(availableBytes)} free  (${device})`
}

function isUsed(found: Interface): boolean {
  return found.receivedBytesPerSecond > 0 || found.sentBytesPerSecond > 0
}

function interfaceText(found: Interface): string {
  const { name, receivedBytesPerSecond, sentBytesPerSecond } = found
  return `${name}  ${size(receivedBytesPerSecond)}/s in, ${size(sentBytesPerSecond)}/s out`
}

function cpuOfProcess(found: TopProcess): string {
  return `${found.cpuPercent.toFixed(1).padStart(5)}% of a CPU since it started  ${nameOf(found)}`
}

function memoryOfProcess(found: TopProcess): string {
  return `${size(found.residentBytes).padStart(9)}  ${nameOf(found)}`
}

/** Processes name themselves: what would not print is left out. */
function nameOf({ name, pid, user }: TopProcess): string {
  return `${name.replace(/\p{C}/gu, '?')} (${pid}, ${user})`
}

function whole(percent: number): string {
  return `${Math.round(percent)}%`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** `512 B`, `1.5 MiB`. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${units[unit]}`
}

/** The two largest parts: `3 days 4 hours`, `12 minutes 5 seconds`. */
export function duration(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ]
  let rest = Math.floor(seconds)
  const parts = units.flatMap(([length, noun]) => {
    const number = Math.floor(rest / length)
    rest -= number * length
    return number > 0 ? [count(number, noun)] : []
  })
  return parts.slice(0, 2).join(' ') || '0 seconds'
}
