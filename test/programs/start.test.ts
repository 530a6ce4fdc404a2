import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePorts } from '../free-ports.ts'
import { queryInstant } from '../query.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'

const root = join(import.meta.dirname, '..', '..')

type Show = { child: ChildProcess; flags: string[]; urls: Record<string, string>; output(): string }

async function startShow(command: string, before: string[], state: string): Promise<Show> {
  const names = ['node-exporter', 'nginx-exporter', 'pushgateway', 'pullserver', 'nginx']
  const ports = await freePorts(names.length)
  const flags = names.map((name, i) => `--${name}.port=${ports[i]}`)
  const args = [...before, ...flags, `--state-dir=${state}`]
  const child = spawn(command, args, { cwd: root, detached: true })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const urls = Object.fromEntries(names.map((name, i) => [name, `http://127.0.0.1:${ports[i]}`]))
  return { child, flags, urls, output: () => output }
}

async function waitUntilAllUp({ urls, output }: Show): Promise<void> {
  try {
    await waitFor('all four targets up', async () => {
      const up = await queryInstant(urls['pullserver'] ?? '', 'up == 1')
      return up.length === 4
    })
  } catch (error) {
    throw new Error(output(), { cause: error })
  }
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  )
}

test('npm start shows all targets up within 20 s, takes a push, and SIGTERM ends it with 0', async () => {
  using state = temporaryFolder()
  const show = await startShow(process.execPath, ['start.ts'], state.path)
  try {
    await waitUntilAllUp(show)
    const push = await fetch(`${show.urls['pushgateway']}/metrics/job/start_test`, {
      method: 'PUT',
      body: 'start_test_seconds 42\n',
    })
    expect(push.status).toBe(200)
    const [sample] = await waitFor('the push in the pull server', async () => {
      const found = await queryInstant(show.urls['pullserver'] ?? '', 'start_test_seconds')
      return found.length > 0 && found
    })
    expect(sample).toMatchObject({
      metric: { job: 'start_test' },
      value: [expect.any(Number), '42'],
    })
    await waitFor('the batch job', async () => {
      const found = await queryInstant(show.urls['pullserver'] ?? '', 'demo_job_runs_total')
      return found.length === 1
    })
  } finally {
    show.child.kill('SIGTERM')
  }
  const [code] = await once(show.child, 'exit')
  expect(code).toBe(0)
  for (const url of Object.values(show.urls)) expect(await answers(url)).toBe(false)
  expect(existsSync(join(state.path, 'prometheus.yml'))).toBe(true)
}, 60_000)

test('Ctrl-C, which the terminal sends to the whole group, lets every program finish', async () => {
  using state = temporaryFolder()
  const show = await startShow(process.execPath, ['start.ts'], state.path)
  await waitUntilAllUp(show)
  process.kill(-(show.child.pid ?? 0), 'SIGINT')
  const [code] = await once(show.child, 'exit')
  expect(code).toBe(0)
  expect(show.output()).not.toContain('second signal')
}, 60_000)

test('everything stops when only npm is killed', async () => {
  using state = temporaryFolder()
  const show = await startShow('npm', ['start', '--'], state.path)
  try {
    await waitUntilAllUp(show)
  } finally {
    show.child.kill('SIGKILL')
  }
  await waitFor('all ports free', async () => {
    const alive = await Promise.all(Object.values(show.urls).map(answers))
    return !alive.includes(true)
  })
}, 60_000)

test('a port in use is named, with the flag that chooses another, and nothing is started', async () => {
  using state = temporaryFolder()
  const first = await startShow(process.execPath, ['start.ts'], state.path)
  try {
    await waitFor('the first show', () => answers(`${first.urls['pullserver']}/-/ready`))
    const second = spawn(process.execPath, ['start.ts', ...first.flags], { cwd: root })
    let output = ''
    second.stdout.on('data', (chunk) => {
      output += chunk
    })
    const [code] = await once(second, 'close')
    expect(code).toBe(1)
    const port = /\d+$/.exec(first.flags[2] ?? '')?.[0]
    expect(output).toContain(`port ${port} is taken, so pushgateway cannot start`)
    expect(output).toContain('npm start -- --pushgateway.port=')
  } finally {
    first.child.kill('SIGTERM')
    await once(first.child, 'exit')
  }
}, 60_000)
