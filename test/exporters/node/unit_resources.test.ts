import { expect, test } from 'vitest'
import { fakeMachine, only, startMachine } from './machine.ts'

/** With these flags, these units have tasks. */
function checkUnits(args: readonly string[], units: readonly string[], omitted = 0): void {
  test(`collector unit_resources with ${args.join(' ') || 'its defaults'}`, async () => {
    const machine = startMachine({ root: fakeMachine, args: [...only('unit_resources'), ...args] })
    const page = await machine.scrape()
    const found = page.matchAll(/^node_unit_tasks\{unit="(.*)"\}/gm)
    expect([...found].map(([, unit]) => unit)).toEqual(units)
    expect(page).toContain(`node_unit_omitted ${omitted}\n`)
  })
}

const services = ['getty@tty1.service', 'memory.service', 'user@1000.service', 'web.service']
const flag = '--collector.unit_resources'

checkUnits([], [...services.slice(0, 2), 'system.slice', ...services.slice(2)])
checkUnits([`${flag}.unit-include=.+\\.service`], services)
checkUnits([`${flag}.unit-exclude=.+\\.(service|slice|mount)`], ['init.scope', 'session-3.scope'])
checkUnits([`${flag}.unit-include=web`], []) // a pattern is for the whole name
checkUnits([`${flag}.unit-include=.+\\.service`, `${flag}.max-units=1`], ['memory.service'], 3)
checkUnits([`${flag}.max-units=0`], [], 8)

test('collector unit_resources shows no pressure where it is not wanted', async () => {
  const args = [...only('unit_resources'), `--no-${flag.slice(2)}.pressure`]
  const page = await startMachine({ root: fakeMachine, args }).scrape()
  expect(page).not.toContain('pressure')
  expect(page).toContain('node_unit_memory_bytes{unit="web.service"}')
})
