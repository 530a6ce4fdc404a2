/**
 * A program of its own that asks systeminformation: names of questions in, a line of JSON an answer out.
 *
 * The exporter never loads that package. It costs 8 MB, its pieces of shell and PowerShell can hang, some
 * of them block the whole process while they run, and it remembers counters between calls to make
 * rates of them. Here all that ends with the process, which is killed when it takes too long.
 */

import { networkInterfaces } from 'node:os'
import si from 'systeminformation'

const questions = {
  // What changes: asked again and again.
  battery: () => si.battery(),
  cpuTemperature: () => si.cpuTemperature(),
  fsSize: () => si.fsSize(),
  mem: () => si.mem(),
  // Its own way to find the interfaces, '*', takes six commands.
  networkStats: () => si.networkStats(Object.keys(networkInterfaces()).join(',')),
  // What the machine is made of: asked once.
  baseboard: () => si.baseboard(),
  bios: () => si.bios(),
  chassis: () => si.chassis(),
  cpu: () => si.cpu(),
  diskLayout: async () => (await si.diskLayout()).map(({ smartData: _, ...disk }) => disk),
  // Its type does not say so, but on the BSDs it is null.
  graphics: async () => (await si.graphics())?.controllers ?? [],
  memLayout: () => si.memLayout(),
  system: () => si.system(),
}

export type Question = keyof typeof questions

/** By question, as systeminformation documents them: https://systeminformation.io */
export type Answers = { readonly [Q in Question]: Awaited<ReturnType<(typeof questions)[Q]>> }

void answerAll(process.argv.slice(2))

async function answerAll(names: readonly string[]): Promise<void> {
  const isWindows = process.platform === 'win32'
  if (isWindows) si.powerShellStart() // one for all questions instead of several each
  await Promise.all(names.map(answer))
  if (isWindows) si.powerShellRelease()
}

/** Each answer is written when it is there, so that one that hangs costs only itself. */
async function answer(name: string): Promise<void> {
  try {
    if (!isQuestion(name)) throw new RangeError(`unknown question ${JSON.stringify(name)}`)
    const value: unknown = await questions[name]()
    process.stdout.write(`${JSON.stringify({ name, value })}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ name, error: String(error) })}\n`)
  }
}

function isQuestion(name: string): name is Question {
  return Object.hasOwn(questions, name)
}
