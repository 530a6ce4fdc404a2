/** Ours beside Debian's Pushgateway: what we promise is what the original does. */
import { expect } from 'vitest'
import { testWithPeer } from '../peer.ts'
import { startProgram } from '../programs/program.ts'
import { type Call, httpCases } from '../pushgateway/http-cases.ts'
import { runHttpCase, send } from '../pushgateway/run-http-case.ts'
import { startOriginal } from './original-pushgateway.ts'

testWithPeer(
  'prometheus-pushgateway',
  'the original answers our HTTP cases as we do',
  async (path) => {
    const original = await startOriginal(path)
    try {
      const failures: string[] = []
      for (const one of httpCases.filter((each) => each.differs === undefined)) {
        await runHttpCase(original.url, one).catch((error: unknown) => {
          failures.push(`${one.name}: ${error}`)
        })
      }
      expect(failures).toEqual([])
    } finally {
      await original.stop()
    }
  },
)

/** Repeatable, so that a failure can be looked at again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

const names = ['a', 'b', 'h', 'h_count', 'h_sum', 'h_bucket', 's', 's_sum', 'process_open_fds']
const types = ['gauge', 'counter', 'untyped', 'summary', 'histogram']
const labels = ['', '{l="1"}', '{l="2"}', '{m="1",l="1"}', '{instance="i"}', '{job="x"}']
const values = ['1', '-2.5', '1e6', 'NaN', '+Inf', '0.00001']

/** One call of a job that does not always agree with the others, or with itself. */
function randomCall(pick: (below: number) => number): Call {
  const of = <Item>(list: readonly Item[]): Item => list[pick(list.length)] ?? (list[0] as Item)
  const path = `/metrics/job/${of(['x', 'y', 'z'])}${of(['', '/l/1', '/l/9', '/instance/i'])}`
  if (pick(10) === 0) return ['DELETE', path]
  const lines: string[] = []
  for (const name of new Set(Array.from({ length: 1 + pick(3) }, () => of(names)))) {
    const type = of(types)
    lines.push(`# TYPE ${name} ${type}`)
    for (const label of new Set(Array.from({ length: 1 + pick(2) }, () => of(labels)))) {
      const end = type === 'histogram' || type === 'summary' ? '_sum' : ''
      lines.push(`${name}${end}${label} ${of(values)}${pick(40) === 0 ? ' 1' : ''}`)
    }
  }
  return [of(['PUT', 'POST']), path, `${lines.join('\n')}\n`]
}

/** What was pushed, without the times and what a gateway tells about itself. */
async function pushedLines(url: string): Promise<string[]> {
  const { status, body } = await send(url, ['GET', '/metrics'])
  expect(status).toBe(200)
  return body.split('\n').filter((line) => {
    return /^(# TYPE )?[abhs](_count|_sum|_bucket)?[ {]|job=/.test(line) && !/^push_/.test(line)
  })
}

testWithPeer(
  'prometheus-pushgateway',
  'the original and ours agree on pushes that clash, call by call',
  async (path) => {
    const original = await startOriginal(path)
    const ours = await startProgram('pushgateway/main.ts')
    try {
      const pick = random(20_261_122)
      const seen = new Map<number, number>()
      for (let i = 0; i < 600; i++) {
        const call = randomCall(pick)
        const theirs = await send(original.url, call)
        const answer = await send(ours.url, call)
        expect(answer.status, `call ${i}: ${JSON.stringify(call)}\n${theirs.body}`).toBe(
          theirs.status,
        )
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
        if (i % 10 === 0) {
          expect(await pushedLines(ours.url), `after call ${i}`).toEqual(
            await pushedLines(original.url),
          )
        }
      }
      for (const status of [200, 202, 400]) expect(seen.get(status)).toBeGreaterThan(30)
    } finally {
      await original.stop()
      await ours.stop()
    }
  },
)
