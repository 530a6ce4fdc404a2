/** Our HTTP cases against Debian's Pushgateway: what we promise is what the original does. */
import { spawn } from 'node:child_process'
import { freePorts } from '../free-ports.ts'
import { testWithPeer } from '../peer.ts'
import { httpCases } from '../pushgateway/http-cases.ts'
import { runHttpCase, send } from '../pushgateway/run-http-case.ts'
import { waitFor } from '../wait.ts'

testWithPeer(
  'prometheus-pushgateway',
  'the original answers our HTTP cases as we do',
  async (path) => {
    const [port] = await freePorts(1)
    const url = `http://127.0.0.1:${port}`
    const child = spawn(
      path,
      [`--web.listen-address=127.0.0.1:${port}`, '--persistence.file=', '--web.enable-admin-api'],
      { stdio: 'ignore' },
    )
    try {
      await waitFor(
        'the original',
        async () => (await send(url, ['GET', '/-/ready'])).status === 200,
      )
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
