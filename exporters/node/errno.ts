/** Error numbers in the words of Go, which dashboards know from the label `device_error`. */

/** Linux's numbers, include/uapi/asm-generic/errno.h, as far as statfs(2) meets them. */
const texts: Readonly<Record<number, string>> = {
  1: 'operation not permitted',
  2: 'no such file or directory',
  4: 'interrupted system call',
  5: 'input/output error',
  6: 'no such device or address',
  11: 'resource temporarily unavailable',
  12: 'cannot allocate memory',
  13: 'permission denied',
  16: 'device or resource busy',
  19: 'no such device',
  20: 'not a directory',
  22: 'invalid argument',
  36: 'file name too long',
  38: 'function not implemented',
  40: 'too many levels of symbolic links',
  61: 'no data available',
  71: 'protocol error',
  75: 'value too large for defined data type',
  95: 'operation not supported',
  101: 'network is unreachable',
  103: 'software caused connection abort',
  104: 'connection reset by peer',
  107: 'transport endpoint is not connected',
  108: 'cannot send after transport endpoint shutdown',
  110: 'connection timed out',
  111: 'connection refused',
  112: 'host is down',
  113: 'no route to host',
  116: 'stale NFS file handle',
  117: 'structure needs cleaning',
  121: 'remote I/O error',
  126: 'required key not available',
}

/** The text of a system call's error; the message of any other. */
export function errorText(error: Error): string {
  const errno = 'errno' in error && typeof error.errno === 'number' ? -error.errno : undefined
  if (errno === undefined) return error.message
  return texts[errno] ?? `errno ${errno}`
}
