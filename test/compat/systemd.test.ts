/** Our collectors systemd and logind on a real systemd, beside Debian's node exporter where it is installed. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BootedSystemd, bootSystemd, whyNoSystemd } from '../booted-systemd.ts'
import { peer } from '../peer.ts'
import { waitFor } from '../wait.ts'

const reason = whyNoSystemd()
if (reason !== undefined) test.skip(`collectors systemd and logind on a real systemd (${reason})`)
else onSystemd()

function onSystemd(): void {
  let systemd: BootedSystemd
  beforeAll(async () => {
    systemd = await bootSystemd()
    await systemd.shell(manyUnits)
    await systemd.shell(sessions)
    const own = [`--web.listen-address=${ours}`, '--collector.timeout=2s']
    await systemd.start('ours', process.execPath, main, ...own, ...flags)
    await waitFor('our exporter', () => scrape(ours))
  }, 120_000)
  afterAll(() => systemd.down(), 60_000)

  const scrape = async (address: string): Promise<string> =>
    await systemd.run('curl', '-sf', '--max-time', '30', `http://${address}/metrics`)

  /** What came of both collectors. */
  const outcome = async (): Promise<string> => {
    const found = (await scrape(ours)).matchAll(
      /^node_scrape_collector_outcome\{collector="(\w+)",outcome="(\w+)"\} 1$/gm,
    )
    return [...found].map(([, collector, what]) => `${collector} ${what}`).join(', ')
  }
  const good = 'logind ok, systemd ok'

  const binary = peer('prometheus-node-exporter')
  const title = "the same families, types, labels, series and values as Debian's node exporter"
  if (binary === undefined) test.skip(`${title} (it is not installed: npm run peers)`)
  else {
    test(title, async () => {
      await systemd.start('theirs', binary, `--web.listen-address=${theirs}`, ...flags)
      await waitFor("Debian's exporter", () => scrape(theirs))
      const expected = comparable(await scrape(theirs))
      expect(comparable(await scrape(ours))).toEqual(expected)
      expect(expected.length).toBeGreaterThan(units * 6)
    })
  }

  test('every unit, and its type, restarts and tasks are shown', async () => {
    const page = await scrape(ours)
    expect(page.match(/^node_systemd_unit_state\{name="many@/gm)).toHaveLength(units * 5)
    expect(page).toContain('{name="many@7.service",state="inactive",type="oneshot"} 1\n')
    expect(page).toMatch(/^node_systemd_service_restart_total\{name="fails.service"\} 3$/m)
    expect(page).toContain('{name="fails.service",state="failed",type="simple"} 1\n')
    expect(page).toMatch(/^node_logind_sessions\{.*remote="true",.*type="x11"\} 1$/m)
  })

  test('a bus that is restarted is noticed, and costs no scrape', async () => {
    expect(await outcome()).toBe(good)
    await systemd.run('systemctl', 'restart', 'dbus.service')
    await systemd.run('systemctl', 'restart', 'systemd-logind.service')
    expect(await outcome()).toBe(good)
  })

  test('a bus that hangs does not hang the page', async () => {
    await systemd.shell(signalBus('STOP'))
    try {
      expect(await outcome()).toBe('logind timeout, systemd timeout')
      expect(await outcome()).toBe('logind timeout, systemd timeout')
    } finally {
      await systemd.shell(signalBus('CONT'))
    }
    await waitFor('good answers', async () => (await outcome()) === good)
  })

  test('a systemd that hangs does not hang the page', async () => {
    process.kill(systemd.leader, 'SIGSTOP')
    try {
      expect(await outcome()).toBe('logind ok, systemd timeout')
    } finally {
      process.kill(systemd.leader, 'SIGCONT')
    }
    await waitFor('good answers', async () => (await outcome()) === good)
  })

  test('where there is no bus, root asks systemd itself', async () => {
    await systemd.run('systemctl', 'stop', 'dbus.socket', 'dbus.service')
    const expected = 'logind error, systemd ok'
    await waitFor(expected, async () => (await outcome()) === expected)
    await systemd.run('systemctl', 'start', 'dbus.socket')
    await waitFor('good answers', async () => (await outcome()) === good)
  })
}

const main = join(import.meta.dirname, '../../exporters/node/main.ts')

/** The loopback is the container's own. */
const ours = '127.0.0.1:9101'
const theirs = '127.0.0.1:9102'

const flags = [
  '--collector.disable-defaults',
  '--collector.systemd',
  '--collector.logind',
  '--collector.systemd.enable-task-metrics',
  '--collector.systemd.enable-restarts-metrics',
  '--collector.systemd.enable-start-time-metrics',
  '--collector.systemd.unit-exclude=.+\\.device', // Debian changed the default
]

const units = 500

/** Units that are loaded because an active target wants them, and one that fails for good. */
const manyUnits = `
cd /etc/systemd/system
printf '[Unit]\\nConditionPathExists=/nowhere\\n[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' > many@.service
{ echo '[Unit]'; for i in $(seq ${units}); do echo "Wants=many@$i.service"; done; } > many.target
printf '[Unit]\\nStartLimitBurst=3\\n[Service]\\nRestart=always\\nRestartSec=10ms\\nExecStart=/bin/false\\n' > fails.service
rm -f systemd-logind.service # masked by the boot script
systemctl daemon-reload
systemctl start many.target fails.service systemd-logind.service
for i in $(seq 100); do systemctl is-failed --quiet fails.service && break; sleep 0.1; done
`

/** A session at a terminal here and an X11 session from afar, of processes that stay. */
const sessions = `
for kind in 'tty false' 'x11 true'; do
  set -- $kind
  systemd-run --quiet --unit="sleep-$1" sleep 3600
  pid=$(systemctl show --property=MainPID --value "sleep-$1.service")
  busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager \\
    CreateSession 'uusssssussbssa(sv)' 0 $pid test $1 user '' '' 0 '' '' $2 '' '' 0
done
`

/** To dbus-daemon, or to dbus-broker and its launcher; never to pid 0, which would be ourselves. */
function signalBus(signal: string): string {
  return `
    pid=$(systemctl show --property=MainPID --value dbus.service)
    [ "$pid" -gt 1 ] && kill -${signal} "$pid" $(pgrep -P "$pid")`
}

/** What came with 1.6, and the tasks of the exporters themselves. */
const later = /node_systemd_virtualization_info|tasks_current\{name="(ours|theirs)/

/** TYPE lines and samples of both collectors, but for how long they took. */
function comparable(page: string): string[] {
  return page
    .split('\n')
    .filter((line) => /^(# TYPE )?node_(systemd|logind|scrape_collector_success)/.test(line))
    .filter((line) => !later.test(line))
    .map((line) => line.replace(/ (\S+)$/, (_, value) => ` ${Number(value) || value}`))
    .sort()
}
