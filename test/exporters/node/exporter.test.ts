import { expect, test } from 'vitest'
import { fakeMachine, only, startMachine } from './machine.ts'

const root = fakeMachine
const some = only('loadavg', 'stat', 'uname')

/** Names of the collectors that ran. */
async function ran(query: string, args: readonly string[] = some): Promise<string[]> {
  const page = await startMachine({ root, args }).scrape(query)
  return [...page.matchAll(/^node_scrape_collector_success\{collector="(\w+)"\}/gm)].map(
    ([, name]) => name ?? '',
  )
}

function check(query: string, expected: readonly string[]): void {
  test(`the query "${query}" runs ${expected.join(', ') || 'nothing'}`, async () => {
    expect(await ran(query)).toEqual(expected)
  })
}

check('', ['loadavg', 'stat', 'uname'])
check('collect[]=loadavg', ['loadavg'])
check('collect[]=loadavg&collect[]=stat&collect[]=stat', ['loadavg', 'stat'])
check('collect%5B%5D=uname', ['uname'])
check('exclude[]=loadavg', ['stat', 'uname'])
check('exclude[]=arp&exclude[]=nonsense', ['loadavg', 'stat', 'uname'])
check('exclude[]=loadavg&exclude[]=stat&exclude[]=uname', []) // the original runs everything
check('exclude[]=', ['loadavg', 'stat', 'uname'])

function checkRefused(query: string, message: string): void {
  test(`the query "${query}" is refused`, async () => {
    const machine = startMachine({ root, args: some })
    await expect(machine.scrape(query)).rejects.toMatchObject({ status: 400, message })
    expect(machine.lines.at(-1)).toContain('level=WARN')
  })
}

const prefix = "Couldn't create filtered metrics handler: couldn't create collector: "
checkRefused('collect[]=foo', `${prefix}missing collector: foo`)
checkRefused('collect[]=', `${prefix}missing collector: `)
checkRefused('collect[]=loadavg&collect[]=cpu', `${prefix}disabled collector: cpu`)
checkRefused('collect[]=ntp', `${prefix}missing collector: ntp`) // not in this release
checkRefused(
  'collect[]=loadavg&exclude[]=stat',
  'Combined collect and exclude queries are not allowed.',
)

function checkEnabled(args: readonly string[], expected: (name: string) => boolean): void {
  test(`${args.join(' ') || 'no flags'}: the right collectors are on`, () => {
    const all = startMachine({ root }).enabled
    const on = startMachine({ root, args }).enabled
    expect([...on]).toEqual([...all].filter(expected))
  })
}

checkEnabled([], () => true)
checkEnabled(['--no-collector.cpu'], (name) => name !== 'cpu')
checkEnabled(['--collector.disable-defaults'], () => false)
checkEnabled(['--collector.disable-defaults', '--collector.cpu'], (name) => name === 'cpu')
checkEnabled(['--collector.cpu', '--collector.disable-defaults'], (name) => name === 'cpu')
checkEnabled(['--no-collector.ntp', '--no-collector.supervisord'], () => true)

test('what we measure wins over what a textfile claims, and the clash is named', async () => {
  const machine = startMachine({
    root,
    args: [...only('loadavg', 'textfile'), `--collector.textfile.directory=${root}/clashing`],
  })
  const page = await machine.scrape()
  expect(page).toContain('node_load1 0.52\n')
  expect(page.match(/^node_load1 /gm)).toHaveLength(1)
  expect(page).toContain('node_load_of_another_kind 3\n')
  expect(machine.clashes.join('\n')).toContain('node_load1')
})
