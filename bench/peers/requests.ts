/** Sends the same request over kept connections, many times, and counts the answers. */
import { Agent, request } from 'node:http'

export type Load = {
  readonly method: string
  readonly headers?: Record<string, string>
  /** Path and body of request number `i`. */
  readonly next: (i: number) => { path: string; body?: string }
}

/** `count` requests over `connections`; throws when one is not answered with a 2xx. */
export async function sendCount(
  url: string,
  load: Load,
  count: number,
  connections = 1,
): Promise<void> {
  let next = 0
  await overConnections(connections, async (agent) => {
    while (next < count) await send(agent, url, load, next++)
  })
}

/** Requests for a time; gives back how many were answered. */
export async function sendFor(
  url: string,
  load: Load,
  durationMs: number,
  connections = 1,
): Promise<number> {
  const deadline = Date.now() + durationMs
  let next = 0
  await overConnections(connections, async (agent) => {
    while (Date.now() < deadline) await send(agent, url, load, next++)
  })
  return next
}

async function overConnections(
  connections: number,
  work: (agent: Agent) => Promise<void>,
): Promise<void> {
  const agents = Array.from(
    { length: connections },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  )
  await Promise.all(agents.map(work))
  for (const agent of agents) agent.destroy()
}

function send(agent: Agent, url: string, load: Load, i: number): Promise<void> {
  const { path, body } = load.next(i)
  return new Promise((resolve, reject) => {
    const call = request(
      url + path,
      { agent, method: load.method, headers: load.headers },
      (answer) => {
        answer.resume()
        answer.once('end', () => {
          const status = answer.statusCode ?? 0
          if (status >= 200 && status < 300) resolve()
          else reject(new Error(`${load.method} ${url}${path} answered ${status}`))
        })
      },
    )
    call.once('error', reject)
    call.end(body)
  })
}
