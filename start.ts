/**
 * `npm start`: the four programs side by side on loopback, scraping each other, with a batch job
 * that pushes and, where an nginx is installed, a private nginx to watch. A demonstration and a
 * workbench; on a host each program is started by systemd (systemd/README.md).
 */
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchLauncher } from './examples/demo/launcher.ts'
import { findNginx, nginxConfig } from './examples/demo/nginx.ts'
import { type Program, startProgram } from './examples/demo/program.ts'
import { prometheusConfig } from './examples/demo/prometheus-config.ts'
import { flag, parseFlags } from './shared/flags.ts'
import { version } from './shared/version.ts'

const port = { min: 1, max: 65_535 }
const { values } = parseFlags(
  {
    name: 'npm start --',
    description: 'Starts the four programs, a batch job that pushes, and an nginx if there is one.',
    version,
  },
  {
    host: flag.string('Address that the four programs listen on.', '127.0.0.1'),
    'node-exporter.port': flag.integer('Port of the node-exporter.', 9100, port),
    'nginx-exporter.port': flag.integer('Port of the nginx-exporter.', 9113, port),
    'pushgateway.port': flag.integer('Port of the Pushgateway.', 9091, port),
    'pullserver.port': flag.integer('Port of the pull server.', 9090, port),
    'nginx.port': flag.integer('Port of the private nginx.', 9180, port),
    'state-dir': flag.string('Folder for everything that is written.', '.narthex'),
  },
)

const state = resolve(values['state-dir'])
const ports = {
  'node-exporter': values['node-exporter.port'],
  'nginx-exporter': values['nginx-exporter.port'],
  pushgateway: values['pushgateway.port'],
  pullserver: values['pullserver.port'],
}
/** An IPv6 address stands in brackets before a port, however it was typed. */
const host =
  values.host.includes(':') && !values.host.startsWith('[') ? `[${values.host}]` : values.host
const address = (name: keyof typeof ports) => `${host}:${ports[name]}`
/** Where to reach what listens on `host`: the wildcard address is no address to connect to. */
const reachable = (name: keyof typeof ports) => address(name).replace(/^0\.0\.0\.0:/, 'localhost:')

await main()

async function main(): Promise<void> {
  const nginx = findNginx()
  const wanted = Object.entries({ ...ports, ...(nginx && { nginx: values['nginx.port'] }) })
  const twice = wanted.find(([name, port]) => wanted.some(([n, p]) => p === port && n !== name))
  if (twice !== undefined) {
    say(`port ${twice[1]} is wanted twice; choose another: npm start -- --${twice[0]}.port=…`)
    process.exitCode = 1
    return
  }
  const taken = await findTakenPorts(wanted)
  if (taken.length > 0) {
    for (const [name, port] of taken) {
      say(
        `port ${port} is taken, so ${name} cannot start; choose another: npm start -- --${name}.port=${port + 1000}`,
      )
    }
    process.exitCode = 1
    return
  }
  const problem = prepareState()
  if (problem !== undefined) {
    say(problem)
    process.exitCode = 1
    return
  }
  const configFile = join(state, 'prometheus.yml')
  writeFileSync(
    configFile,
    prometheusConfig(
      Object.keys(ports).map((name) => [name, reachable(name as keyof typeof ports)]),
    ),
  )
  const supervisor = superviseUntilStopped()
  for (const program of startAll(configFile, nginx)) supervisor.add(program)
  await Promise.all(Object.values(ports).map(waitUntilListening))
  supervisor.add(
    startProgram('batch-job', process.execPath, [
      'examples/demo/batch-job.ts',
      `http://${reachable('pushgateway')}`,
    ]),
  )
  printAddresses(nginx !== undefined, configFile)
}

/** Makes the state folder, or says why it cannot be one. Its parent has to be there. */
function prepareState(): string | undefined {
  try {
    if (!existsSync(state)) mkdirSync(state)
    accessSync(state, constants.W_OK | constants.X_OK)
    if (statSync(state).isDirectory()) return undefined
    return `--state-dir=${state} is a file; name a folder that may be written`
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `cannot use --state-dir=${state}: ${reason}; name a folder that may be written`
  }
}

function startAll(configFile: string, nginx: string | undefined): Program[] {
  const nginxUrl = `http://127.0.0.1:${values['nginx.port']}/stub_status`
  const programs = [
    startProgram('node-exporter', process.execPath, [
      'exporters/node/main.ts',
      `--web.listen-address=${address('node-exporter')}`,
    ]),
    startProgram('nginx-exporter', process.execPath, [
      'exporters/nginx/main.ts',
      `--web.listen-address=${address('nginx-exporter')}`,
      `--nginx.scrape-uri=${nginxUrl}`,
    ]),
    startProgram('pushgateway', process.execPath, [
      'pushgateway/main.ts',
      `--web.listen-address=${address('pushgateway')}`,
      `--persistence.file=${join(state, 'pushgateway.data')}`,
    ]),
    startProgram('pullserver', process.execPath, [
      'pullserver/main.ts',
      `--web.listen-address=${address('pullserver')}`,
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(state, 'pullserver')}`,
    ]),
  ]
  if (nginx !== undefined) {
    const folder = join(state, 'nginx')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, nginxConfig(folder, values['nginx.port']))
    programs.push(
      startProgram('nginx', nginx, ['-p', folder, '-c', file, '-e', join(folder, 'error.log')]),
    )
  }
  return programs
}

/** A program that ends by itself ends the show with exit code 1; a signal, or npm's death, ends it with 0. */
function superviseUntilStopped(): { add(program: Program): void } {
  const programs: Program[] = []
  let stopping = false
  const stopAll = async (reason: string, exitCode: number) => {
    if (stopping) return
    stopping = true
    say(`${reason}, stopping`)
    await Promise.all(programs.map((program) => program.stop()))
    process.exit(exitCode)
  }
  process.on('SIGINT', () => void stopAll('interrupted', 0))
  process.on('SIGTERM', () => void stopAll('asked to stop', 0))
  process.on('SIGHUP', () => void stopAll('the terminal is gone', 0))
  watchLauncher(() => void stopAll('npm is gone', 0))
  return {
    add(program) {
      programs.push(program)
      void program.ended.then((code) => stopAll(`${program.name} ended with ${code}`, 1))
    },
  }
}

function printAddresses(hasNginx: boolean, configFile: string): void {
  const url = (name: keyof typeof ports) => `http://${reachable(name)}/`
  say(`
  pull server      ${url('pullserver')}    queries, graphs, targets
  Pushgateway      ${url('pushgateway')}    groups that batch jobs pushed
  node-exporter    ${url('node-exporter')}    this machine
  nginx-exporter   ${url('nginx-exporter')}    ${hasNginx ? 'a private nginx' : 'no nginx here'}

  push a number:   echo 'my_job_seconds 42' | curl --data-binary @- ${url('pushgateway')}metrics/job/my_job
  configuration:   ${configFile} (written anew at each start)
  stop:            Ctrl-C
`)
  if (!hasNginx) {
    say(
      'nginx is not installed: nginx_up is 0, which is what "down" looks like. To see it up: apt-get install nginx-light, then start again',
    )
  }
}

async function findTakenPorts(wanted: [string, number][]): Promise<[string, number][]> {
  const checks = wanted.map(async ([, port]) => await isTaken(port))
  const taken = await Promise.all(checks)
  return wanted.filter((_, i) => taken[i])
}

/** A program that cannot start ends, and with it the show: so this waits for as long as it takes. */
async function waitUntilListening(port: number): Promise<void> {
  while (!(await isTaken(port))) await sleep(50)
}

/** Whether something answers there. Asking before the start names every taken port at once. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({
      port,
      host: host === '0.0.0.0' ? '127.0.0.1' : host.replace(/[[\]]/g, ''),
    })
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
