/** Starts Debian's Pushgateway, and stops it by its pid. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePorts } from '../free-ports.ts'
import { send } from '../pushgateway/run-http-case.ts'
import { waitFor } from '../wait.ts'

export type Original = {
  readonly url: string
  /** Ends when the process has, and so has written its file. */
  stop(): Promise<void>
}

/** `path` is that of the program, `file` that of what it keeps, if anything. */
export async function startOriginal(path: string, file = ''): Promise<Original> {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const args = [`--web.listen-address=127.0.0.1:${port}`, `--persistence.file=${file}`]
  const child = spawn(path, [...args, '--web.enable-admin-api'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  await waitFor('the original', async () => {
    return (await send(url, ['GET', '/-/ready'])).status === 200
  })
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
    process.off('exit', killWithUs)
  }
  return { url, stop }
}
