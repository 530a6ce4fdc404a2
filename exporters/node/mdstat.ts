/** Reads /proc/mdstat, which is written for people, as the original does: by its words. */

export type MdState = 'active' | 'inactive' | 'recovering' | 'reshaping' | 'checking' | 'resyncing'

export type MdDevice = {
  readonly name: string
  /** One of MdState, or whatever else the kernel writes there, such as `broken`. */
  readonly state: MdState | (string & {})
  readonly disksRequired: number
  readonly disksActive: number
  readonly disksFailed: number
  readonly disksSpare: number
  readonly blocks: number
  /** Equal to blocks unless something is under way. */
  readonly blocksSynced: number
}

/** Throws a SyntaxError for a device whose lines are cut off or garbled. */
export function parseMdstat(text: string): MdDevice[] {
  const lines = text.split('\n')
  const devices: MdDevice[] = []
  for (const [index, line] of lines.entries()) {
    if (/^(\s|unused|Personalities|$)/.test(line)) continue
    const words = line.trim().split(/\s+/)
    if (words.length < 3) throw unreadable('expected at least 3 words', line)
    if (lines.length <= index + 3) throw unreadable('expected three more lines', line)
    devices.push(parseDevice(words, line, lines.slice(index + 1, index + 4)))
  }
  return devices
}

function parseDevice(
  [name = '', , state = '']: readonly string[],
  line: string,
  [status = '', ...others]: readonly string[],
): MdDevice {
  const disks = parseStatus(line, status)
  const [next = '', afterBitmap = ''] = others
  const sync = next.includes('bitmap') ? afterBitmap : next
  const activity = activities.find(([word]) => sync.includes(word))?.[1]
  return {
    name,
    state: activity ?? state,
    ...disks,
    disksFailed: count(line, '(F)'),
    disksSpare: count(line, '(S)'),
    blocksSynced: activity === undefined ? disks.blocks : parseSynced(sync),
  }
}

const activities = [
  ['recovery', 'recovering'],
  ['reshape', 'reshaping'],
  ['check', 'checking'],
  ['resync', 'resyncing'],
] as const

/** Such as `195310144 blocks super 1.2 [2/1] [U_]`; without redundancy the brackets are not there. */
function parseStatus(
  line: string,
  status: string,
): Pick<MdDevice, 'blocks' | 'disksRequired' | 'disksActive'> {
  const first = status.trim().split(/\s+/)[0] ?? ''
  if (!/^\d+$/.test(first)) throw unreadable('expected the number of blocks', status)
  const blocks = Number(first)
  if (line.includes('raid0') || line.includes('linear')) {
    const disks = count(line, '[')
    return { blocks, disksRequired: disks, disksActive: disks }
  }
  if (line.includes('inactive')) return { blocks, disksRequired: 0, disksActive: 0 }
  const [, required, active] = /\d+ blocks .*\[(\d+)\/(\d+)\] \[[U_]+\]/.exec(status) ?? []
  if (required === undefined) throw unreadable('expected [disks/active disks] [UU]', status)
  return { blocks, disksRequired: Number(required), disksActive: Number(active) }
}

function parseSynced(sync: string): number {
  if (sync.includes('PENDING') || sync.includes('DELAYED')) return 0
  const [, synced] = /\((\d+)\/\d+\)/.exec(sync) ?? []
  if (synced === undefined) throw unreadable('expected (blocks synced/blocks)', sync)
  return Number(synced)
}

function count(line: string, word: string): number {
  return line.split(word).length - 1
}

function unreadable(reason: string, line: string): SyntaxError {
  return new SyntaxError(`mdstat: ${reason}, got ${JSON.stringify(line.slice(0, 80))}`)
}
