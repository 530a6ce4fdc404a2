/**
 * A file system of the test's own, mounted through /dev/fuse: its files are answered when the test likes,
 * or never. The kernel's protocol, fuse(4) and include/uapi/linux/fuse.h, as far as reading needs it.
 * Whoever uses it must not touch the mount from this process without awaiting.
 */
import { execFileSync } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, read, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { test } from 'vitest'

const readAsync = promisify(read)

/** Opcodes of the requests that are answered; others get ENOSYS. */
const op = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  open: 14,
  read: 15,
  statfs: 17,
  release: 18,
  init: 26,
  interrupt: 36,
  batchForget: 42,
} as const

const enoent = -2
const enosys = -38
const requestBytes = 1024 * 1024
const headerBytes = 40
const directIo = 1
const folderMode = 0o40755
const fileMode = 0o100444
const rootNode = 1

export type FuseOptions = {
  /** Content by name; a promise may take its time. */
  readonly files?: Readonly<Record<string, () => string | Promise<string>>>
  /** Leaves every request unanswered from the start, as a dead server does. */
  readonly isDead?: boolean
}

/** A test that needs root and /dev/fuse; skipped where they are not, and then its name says so. */
export function testWithFuse(name: string, body: () => Promise<void>): void {
  if (canMount()) test(name, body)
  else test.skip(`${name} (needs root and /dev/fuse)`)
}

function canMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return process.geteuid?.() === 0
  } catch {
    return false
  }
}

/** Mounts it on a folder; unmounting ends whatever still waits for an answer. */
export function mountFuse(folder: string, { files = {}, isDead = false }: FuseOptions): Disposable {
  const device = openSync('/dev/fuse', 'r+')
  const data = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other'
  execFileSync('mount', ['-i', '-n', '-c', '-t', 'fuse', '-o', data, 'narthex-test', folder], {
    stdio: ['ignore', 'inherit', 'inherit', device],
  })
  const served = new Served(device, files)
  if (!isDead) void served.serve()
  return {
    [Symbol.dispose]() {
      execFileSync('umount', ['-i', '-n', '-c', '-f', '-l', folder])
      if (isDead) closeSync(device)
    },
  }
}

class Served {
  readonly #device: number
  readonly #files: FuseOptions['files'] & {}
  readonly #names: readonly string[]

  constructor(device: number, files: FuseOptions['files'] & {}) {
    this.#device = device
    this.#files = files
    this.#names = Object.keys(files)
  }

  /** Ends when the mount does. */
  async serve(): Promise<void> {
    for (;;) {
      const request = Buffer.alloc(requestBytes)
      try {
        await readAsync(this.#device, request, 0, requestBytes, null)
      } catch {
        closeSync(this.#device) // ENODEV: it is no longer mounted
        return
      }
      void this.#answer(request)
    }
  }

  async #answer(request: Buffer): Promise<void> {
    const code = request.readUInt32LE(4)
    const unique = request.readBigUInt64LE(8)
    const node = Number(request.readBigUInt64LE(16))
    if (code === op.forget || code === op.batchForget || code === op.interrupt) return
    const answer = await this.#reply(code, node, request.subarray(headerBytes))
    const header = Buffer.alloc(16)
    const body = typeof answer === 'number' ? Buffer.alloc(0) : answer
    header.writeUInt32LE(16 + body.length, 0)
    header.writeInt32LE(typeof answer === 'number' ? answer : 0, 4)
    header.writeBigUInt64LE(unique, 8)
    try {
      writeSync(this.#device, Buffer.concat([header, body]))
    } catch {
      // Whoever asked has gone, or the mount has.
    }
  }

  /** What follows the header, or an error number. */
  #reply(code: number, node: number, body: Buffer): Buffer | number | Promise<Buffer> {
    switch (code) {
      case op.init:
        return initReply()
      case op.getattr:
        return Buffer.concat([Buffer.alloc(16), attributes(node)])
      case op.lookup: {
        const name = body.toString('utf8', 0, body.indexOf(0))
        const index = this.#names.indexOf(name)
        if (index < 0) return enoent
        const entry = Buffer.alloc(40)
        entry.writeBigUInt64LE(BigInt(rootNode + 1 + index), 0)
        return Buffer.concat([entry, attributes(rootNode + 1 + index)])
      }
      case op.open: {
        const opened = Buffer.alloc(16)
        opened.writeUInt32LE(directIo, 8)
        return opened
      }
      case op.read:
        return this.#content(node, Number(body.readBigUInt64LE(8)))
      case op.statfs:
        return Buffer.alloc(80)
      case op.release:
        return 0
      default:
        return enosys
    }
  }

  async #content(node: number, offset: number): Promise<Buffer> {
    const make = this.#files[this.#names[node - rootNode - 1] ?? '']
    const content = Buffer.from((await make?.()) ?? '')
    return content.subarray(offset)
  }
}

function initReply(): Buffer {
  const reply = Buffer.alloc(64)
  reply.writeUInt32LE(7, 0)
  reply.writeUInt32LE(31, 4)
  reply.writeUInt32LE(65536, 20) // max_write
  return reply
}

function attributes(node: number): Buffer {
  const attr = Buffer.alloc(88)
  attr.writeBigUInt64LE(BigInt(node), 0)
  attr.writeBigUInt64LE(4096n, 8)
  attr.writeUInt32LE(node === rootNode ? folderMode : fileMode, 60)
  attr.writeUInt32LE(1, 64)
  attr.writeUInt32LE(4096, 80)
  return attr
}
