/** Our HTTP cases against Debian's Pushgateway: what we promise is what the original does. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { testWithPeer } from '../peer.ts'
import { httpCases } from '../pushgateway/http-cases.ts'
import { runHttpCase, send } from '../pushgateway/run-http-case.ts'

testWithPeer(
  'prometheus-pushgateway',
  'the original answers our HTTP cases as we do',
  async (path) => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const child = spawn(
      path,
      [`--web.listen-address=127.0.0.1:${port}`, '--persistence.file=', '--web.enable-admin-api'],
      { stdio: 'ignore' },
    )
    try {
      await untilReady(url)
      const failures: string[] = []
      for (const one of httpCases.filter((each) => each.differs === undefined)) {
        await runHttpCase(url, one).catch((error: unknown) =>
          failures.push(`${one.name}: ${error}`),
        )
      }
      if (failures.length > 0) throw new Error(failures.join('\n\n'))
    } finally {
      child.kill()
    }
  },
)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function untilReady(url: string): Promise<void> {
  const end = Date.now() + 10_000
  for (;;) {
    try {
      if ((await send(url, ['GET', '/-/ready'])).status === 200) return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
