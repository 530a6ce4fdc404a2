/** Reads the kernel's list of mounts, proc_pid_mountinfo(5). */

export type Mount = {
  readonly device: string
  /** As the original shows it: of the kernel's escapes only blank and tab are undone. */
  readonly mountPoint: string
  /** For system calls: all escapes undone, one character a byte. */
  readonly path: string
  readonly fsType: string
  readonly options: readonly string[]
  readonly superOptions: readonly string[]
  readonly major: string
  readonly minor: string
}

/** Throws a SyntaxError on a line that is not one of mountinfo's. */
export function parseMountInfo(content: Buffer): Mount[] {
  const lines = content.toString('latin1').split('\n')
  return lines.filter((line) => line !== '').map(parseLine)
}

/**
 * `29 1 259:2 / / rw,relatime shared:1 - ext4 /dev/dm-2 errors=remount-ro`: between the mount options
 * and the dash stand any number of optional fields.
 */
function parseLine(line: string): Mount {
  const fields = line.split(' ')
  const [, , number = '', , mountPoint = '', options = ''] = fields
  const [dash, fsType = '', device = '', superOptions = ''] = fields.slice(-4)
  const [, major, minor] = /^(\d+):(\d+)$/.exec(number) ?? []
  if (fields.length < 10 || dash !== '-' || major === undefined || minor === undefined) {
    throw new SyntaxError(
      `mountinfo: expected 10 fields or more with a dash before the last three, got ${JSON.stringify(line.slice(0, 120))}`,
    )
  }
  const shown = mountPoint.replaceAll('\\040', ' ').replaceAll('\\011', '\t')
  return {
    device: validUtf8(device),
    mountPoint: validUtf8(shown),
    path: pathOf(mountPoint),
    fsType: validUtf8(fsType),
    options: options.split(','),
    superOptions: superOptions.split(','),
    major,
    minor,
  }
}

/** The text of bytes in latin1; runs of bytes that are not UTF-8 become one U+FFFD, as in Go. */
function validUtf8(latin1: string): string {
  if (isAscii(latin1)) return latin1
  return Buffer.from(latin1, 'latin1')
    .toString()
    .replace(/\uFFFD+/g, '\uFFFD')
}

function pathOf(escaped: string): string {
  return escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}
