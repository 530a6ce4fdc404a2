/** Asks systeminformation, in a process of its own that is killed at the deadline. */

import { type ChildProcess, spawn } from 'node:child_process'
import { extname, join } from 'node:path'
import type { Answers, Question } from './systeminformation-process.ts'

export type { Answers, Question }

/** What came of each question; none where the process ended, or was ended, before its answer. */
export type Replies = {
  readonly [Q in Question]?: { readonly value: Answers[Q] } | { readonly error: string }
}

/** Rejects only when the process cannot be started or dies without any answer. */
export type Ask = (questions: readonly Question[], timeoutMs: number) => Promise<Replies>

/** Beside this file and of its kind, whether that is TypeScript or what was made of it. */
const program = join(
  import.meta.dirname,
  `systeminformation-process${extname(import.meta.filename)}`,
)

/** Answers are a few kilobytes; what goes on for longer has gone mad. */
const maxOutput = 4 << 20

export const askSystemInformation: Ask = (questions, timeoutMs) => {
  const { promise, resolve, reject } = Promise.withResolvers<Replies>()
  const isWindows = process.platform === 'win32'
  const child = spawn(process.execPath, [program, ...questions], {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    detached: !isWindows, // a group of its own, so that its commands can be killed with it
  })
  const killWithUs = (): void => killGroup(child)
  process.once('exit', killWithUs)
  let output = ''
  let complaint = ''
  const finish = (reason: string): void => {
    clearTimeout(timer)
    process.off('exit', killWithUs)
    const replies = parseReplies(output)
    if (Object.keys(replies).length > 0) resolve(replies)
    else reject(new Error(`${reason}${reasonIn(complaint)}`))
  }
  const stop = (reason: string): void => {
    killWithUs()
    finish(reason)
  }
  const timer = setTimeout(stop, timeoutMs, `no answer within ${timeoutMs / 1000} s`)
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    if (output.length > maxOutput) stop('the answer does not end')
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = `${complaint}${chunk}`.slice(0, 2000)
  })
  child.on('error', (error) => finish(`could not start ${process.execPath}: ${error.message}`))
  child.on('close', (code, signal) => finish(`ended with ${code ?? signal}, without an answer`))
  return promise
}

/** Of a stack trace the line that names the error. */
function reasonIn(complaint: string): string {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find((text) => text.includes('Error: ')) ?? lines[0]
  return line === undefined ? '' : `: ${line}`
}

function killGroup(child: ChildProcess): void {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH'
    if (!isGone) throw error
  }
}

/** Whole lines only: the last may have been cut off by the kill. */
function parseReplies(output: string): Replies {
  const lines = output.split('\n').slice(0, -1)
  const replies = lines.map((line) => {
    const { name, ...reply } = JSON.parse(line) as { readonly name: string }
    return [name, reply] as const
  })
  return Object.fromEntries(replies) as Replies
}
