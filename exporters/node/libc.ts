/**
 * The system calls that Node itself does not offer, made through libc with node:ffi (Node 26.1 and
 * newer). What holds for all of them:
 *
 * - They block, so only calls that answer at once belong here; a socket gets a receive timeout.
 * - They throw a system error as Node's own do (`code`, negative `errno`, `syscall`), with Node's names:
 *   EOPNOTSUPP is ENOTSUP there.
 * - Where they cannot be made (older Node, `--no-experimental-ffi`, another system) each throws
 *   NoData, so that a collector need not ask; one with another way looks at `missing` first.
 *
 * Structs are bytes in the order of the machine: collectors know their layout, this file knows none.
 * Addresses of memory never leave this file. koffi, the package with the same powers, was left out:
 * it takes 14 MB of memory where node:ffi takes 2, which is much on a host agent.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import { getSystemErrorMessage, getSystemErrorName } from 'node:util'
import { NoData } from './collector.ts'

export type Libc = {
  /** Why no call can be made here, for the operator; undefined where they can. */
  readonly missing: string | undefined
  /** adjtimex(2) with a struct timex. Returns the state of the clock, TIME_OK and so on. */
  adjtimex(timex: Uint8Array): number
  /** socket(2). Returns the descriptor. */
  socket(domain: number, type: number, protocol: number): number
  /** bind(2) with a struct sockaddr. */
  bind(fd: number, address: Uint8Array): void
  /** From now on recv gives up after this time, with EAGAIN. */
  setReceiveTimeout(fd: number, timeoutMs: number): void
  /** send(2). Returns how many bytes went. */
  send(fd: number, message: Uint8Array): number
  /** recv(2), again where a signal came between. Returns the length: with MSG_TRUNC the true one. */
  recv(fd: number, into: Uint8Array, flags: number): number
  /** ioctl(2). `pointee` is memory whose address the kernel wants within the argument. */
  ioctl(fd: number, request: number, argument: Uint8Array, pointee?: Pointee): number
  /** perf_event_open(2) with a struct perf_event_attr, for all processes on one CPU. Returns the descriptor. */
  perfEventOpen(attributes: Uint8Array, cpu: number): number
  /** open(2) of a file or folder, to read or to ioctl. Returns the descriptor. */
  open(path: string | Buffer): number
  /** read(2). Returns how many bytes came. */
  read(fd: number, into: Uint8Array): number
  close(fd: number): void
}

/** Bytes, and where in the struct that refers to them their address is written (8 bytes). */
export type Pointee = { readonly bytes: Uint8Array; readonly offset: number }

/**
 * Number of perf_event_open(2), by process.arch. Also the list of the processors for which the structs
 * of the collectors hold: 64 bits, little-endian, and the common numbers of ioctls.
 */
const perfEventOpenNumbers: Readonly<Record<string, bigint>> = { x64: 298n, arm64: 241n }

const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const PERF_FLAG_FD_CLOEXEC = 8n
const allProcesses = -1
const noGroup = -1

/** Loads node:ffi. Never throws: where that fails, `missing` tells the reason. */
export function loadLibc(platform: string = process.platform, arch: string = process.arch): Libc {
  const perfNumber = perfEventOpenNumbers[arch]
  if (platform !== 'linux' || perfNumber === undefined) {
    return absent(`no system calls are known for ${platform}/${arch}`)
  }
  try {
    const ffi = withoutFfiWarning(() => process.getBuiltinModule('node:ffi'))
    if (ffi !== undefined) return present(ffi, perfNumber)
    return absent('this Node has no node:ffi: it takes 26.1, without --no-experimental-ffi')
  } catch (error) {
    // Under --permission, without --allow-ffi; or a libc without these functions.
    return absent(`node:ffi: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Node warns that ffi is experimental, which the operator can do nothing about. Only that is silenced. */
function withoutFfiWarning<T>(load: () => T): T {
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: []): void => {
    if (!/^FFI is an experimental/.test(String(warning))) emitWarning(warning, ...rest)
  }) as typeof emitWarning
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

function absent(missing: string): Libc {
  const refuse = (): never => {
    throw new NoData(missing)
  }
  return {
    missing,
    adjtimex: refuse,
    socket: refuse,
    bind: refuse,
    setReceiveTimeout: refuse,
    send: refuse,
    recv: refuse,
    ioctl: refuse,
    perfEventOpen: refuse,
    open: refuse,
    read: refuse,
    close: refuse,
  }
}

function present(ffi: Ffi, perfNumber: bigint): Libc {
  const { functions: c } = ffi.dlopen(null, signatures)
  const errnoAddress = c.__errno_location()
  /** The result, unless it says that the call failed. errno is read before anything else can run. */
  const check = (syscall: string, result: number | bigint): number => {
    if (result >= 0) return Number(result)
    throw systemError(syscall, ffi.getInt32(errnoAddress))
  }
  const recv = (fd: number, into: Uint8Array, flags: number): number => {
    for (;;) {
      try {
        return check('recv', c.recv(fd, into, BigInt(into.length), flags))
      } catch (error) {
        if (!isInterrupted(error)) throw error
      }
    }
  }
  return {
    missing: undefined,
    adjtimex: (timex) => check('adjtimex', c.adjtimex(timex)),
    socket: (domain, type, protocol) => check('socket', c.socket(domain, type, protocol)),
    bind: (fd, address) => void check('bind', c.bind(fd, address, address.length)),
    setReceiveTimeout(fd, timeoutMs) {
      const timeval = new BigInt64Array([
        BigInt(Math.trunc(timeoutMs / 1000)),
        BigInt(Math.round((timeoutMs % 1000) * 1000)),
      ])
      const result = c.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeval, timeval.byteLength)
      check('setsockopt', result)
    },
    send: (fd, message) => check('send', c.send(fd, message, BigInt(message.length), 0)),
    recv,
    ioctl(fd, request, argument, pointee) {
      if (pointee !== undefined) {
        const view = new DataView(argument.buffer, argument.byteOffset, argument.byteLength)
        view.setBigUint64(pointee.offset, ffi.getRawPointer(pointee.bytes), true)
      }
      return check('ioctl', c.ioctl(fd, request, argument))
    },
    perfEventOpen: (attributes, cpu) =>
      check(
        'perf_event_open',
        c.syscall(perfNumber, attributes, allProcesses, cpu, noGroup, PERF_FLAG_FD_CLOEXEC),
      ),
    open: (path) => openSync(path, 'r'),
    read: (fd, into) => readSync(fd, into, 0, into.length, null),
    close: (fd) => closeSync(fd),
  }
}

type Ffi = typeof import('node:ffi')

const signatures = {
  __errno_location: { arguments: [], return: 'pointer' },
  adjtimex: { arguments: ['buffer'], return: 'int32' },
  socket: { arguments: ['int32', 'int32', 'int32'], return: 'int32' },
  bind: { arguments: ['int32', 'buffer', 'uint32'], return: 'int32' },
  setsockopt: { arguments: ['int32', 'int32', 'int32', 'buffer', 'uint32'], return: 'int32' },
  send: { arguments: ['int32', 'buffer', 'uint64', 'int32'], return: 'int64' },
  recv: { arguments: ['int32', 'buffer', 'uint64', 'int32'], return: 'int64' },
  ioctl: { arguments: ['int32', 'uint32', 'buffer'], return: 'int32' },
  // perf_event_open has no function of its own in libc: attributes, pid, cpu, group, flags.
  syscall: { arguments: ['int64', 'buffer', 'int32', 'int32', 'int32', 'uint64'], return: 'int64' },
} as const

function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall}: ${getSystemErrorMessage(-errno)}`), {
    code: getSystemErrorName(-errno),
    errno: -errno,
    syscall,
  })
}

function isInterrupted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EINTR'
}
