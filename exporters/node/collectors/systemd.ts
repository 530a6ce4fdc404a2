/** Units of systemd. The connection is kept, and all questions of a scrape are on their way at once. */

import { family } from '../../../shared/exposition/declare.ts'
import { type CollectorLog, defineCollector, type Out } from '../collector.ts'
import { CallError, type Connection } from '../dbus/connection.ts'
import { numberOf, textOf } from '../dbus/property.ts'
import { systemdBus } from '../dbus/system-bus.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { askSystemd, type Systemd, type Unit, unitCall } from '../systemd.ts'
import {
  propertiesOf,
  type UnitProperty,
  unitCounter,
  unitGauge,
  unitProperties,
  unitType,
} from '../systemd-properties.ts'

const running = family(
  'gauge',
  'node_systemd_system_running',
  'Whether the system is up and none of its units has failed.',
  [],
)
const version = family('gauge', 'node_systemd_version', 'Version of systemd.', ['version'])
const virtualization = family(
  'gauge',
  'node_systemd_virtualization_info',
  'What systemd found this machine to be virtualized by.',
  ['virtualization_type'],
)
const units = family('gauge', 'node_systemd_units', 'Units in memory by state.', ['state'])
const unitState = family('gauge', 'node_systemd_unit_state', 'Whether a unit is in this state.', [
  'name',
  'state',
  'type',
])
/** A unit has these five series; what systemd may call its state beyond them leaves all at 0. */
const states = ['active', 'activating', 'deactivating', 'inactive', 'failed']

/** The first systemd with SystemState and LastTriggerUSec. */
const systemStateVersion = 212

/** What a double makes of 2^64-1, by which systemd says that it counts nothing, or limits nothing. */
const noNumber = 2 ** 64

export default defineCollector({
  name: 'systemd',
  enabled: false,
  help: 'Units of systemd, over D-Bus.',
  flags: {
    'unit-include': {
      help: 'Regexp of the units to show; it is for the whole name.',
      default: '.+',
    },
    'unit-exclude': {
      help: 'Regexp of the units to leave out; it is for the whole name.',
      default: '.+\\.(automount|device|mount|scope|slice)',
    },
    'unit-whitelist': { help: 'Old name of unit-include.', default: '', hidden: true },
    'unit-blacklist': { help: 'Old name of unit-exclude.', default: '', hidden: true },
    private: {
      help: 'Ask systemd itself at /run/systemd/private, which only root may.',
      default: false,
      hidden: true,
    },
    'enable-task-metrics': { help: 'Show how many tasks services have.', default: false },
    'enable-restarts-metrics': { help: 'Show how often services were restarted.', default: false },
    'enable-start-time-metrics': { help: 'Show since when units are active.', default: false },
  },
  families: [
    running,
    version,
    virtualization,
    units,
    unitState,
    ...Object.values(unitGauge),
    ...Object.values(unitCounter),
  ],
  start(context) {
    const { flags, host } = context
    const ignores = includeAndExclude(context, {
      include: 'unit-include',
      exclude: 'unit-exclude',
      oldInclude: 'unit-whitelist',
      oldExclude: 'unit-blacklist',
      isWhole: true,
    })
    const asked = unitProperties.filter(({ needs }) => needs === undefined || flags[needs])
    return { ignores, asked, bus: systemdBus(host.systemBus, flags.private) }
  },
  read({ state, signal }) {
    return state.bus.use(signal, (connection) => ask(connection, state, signal))
  },
  stop: ({ bus }) => bus.close(),
  collect({ out, flags, read, log }) {
    const { systemd, shown, types, numbers } = read
    addSystem(systemd, out, log)
    if (systemd.units instanceof CallError) throw systemd.units
    addSummary(systemd.units, out)
    for (const unit of shown) {
      addState(unit, types.get(unit), out, log)
      const isIdle = unit.activeState !== 'active'
      if (isIdle && flags['enable-start-time-metrics'])
        out.add(unitGauge.node_systemd_unit_start_time_seconds, 0, unit.name)
    }
    for (const { unit, property, answer } of numbers) {
      if (answer instanceof CallError) {
        log.debug('A unit lacks a property', { unit: unit.name, name: property.name, err: answer })
      } else if (answer !== noNumber) out.add(property.family, answer / property.scale, unit.name)
    }
    addRunning(systemd, out)
  },
})

type Question = { readonly unit: Unit; readonly property: UnitProperty }

/** Two rounds: what units there are, then what is to be known of them. */
async function ask(
  connection: Connection,
  { ignores, asked }: { ignores(name: string): boolean; readonly asked: readonly UnitProperty[] },
  signal: AbortSignal,
) {
  const systemd = await askSystemd(connection, signal)
  const all = systemd.units instanceof CallError ? [] : systemd.units
  const shown = all.filter(({ name, loadState }) => loadState === 'loaded' && !ignores(name))
  const typed = shown.filter(({ name }) => /\.(service|mount)$/.test(name))
  const questions = shown.flatMap((unit): Question[] =>
    propertiesOf(unit, asked).map((property) => ({ unit, property })),
  )
  const calls = [
    ...typed.map((unit) => unitCall(unit, unitType(unit), 'Type')),
    ...questions.map(({ unit, property }) => unitCall(unit, property.owner, property.name)),
  ]
  const answers = await connection.callAll(calls, signal)
  const answerTo = (question: Question, index: number) => ({
    ...question,
    answer: numberOf(answers[typed.length + index]),
  })
  return {
    systemd,
    shown,
    types: new Map(typed.map((unit, index) => [unit, textOf(answers[index])])),
    numbers: questions.map(answerTo),
  }
}

function addSystem(
  { version: name, virtualization: by }: Systemd,
  out: Out,
  log: CollectorLog,
): void {
  const number = versionNumber(name)
  if (name instanceof CallError) log.debug('systemd does not tell its version', { err: name })
  out.add(version, number, number === 0 || name instanceof CallError ? '' : name)
  if (by instanceof CallError) log.debug('systemd does not tell its virtualization', { err: by })
  out.add(virtualization, 1, by instanceof CallError ? 'unknown' : by || 'none')
}

/** 252.39 of `252.39-1~deb12u2`; 0 of what has no such number. */
function versionNumber(version: string | CallError): number {
  if (version instanceof CallError) return 0
  return Number(/[0-9]{3,}(\.[0-9]+)?/.exec(version)?.[0] ?? 0)
}

function addSummary(all: readonly Unit[], out: Out): void {
  const counts = new Map(states.map((state) => [state, 0]))
  for (const { activeState } of all) counts.set(activeState, (counts.get(activeState) ?? 0) + 1)
  for (const [state, count] of counts) out.add(units, count, state)
}

function addState(
  unit: Unit,
  type: string | CallError | undefined,
  out: Out,
  log: CollectorLog,
): void {
  const { name, activeState } = unit
  if (type instanceof CallError)
    log.debug('A unit does not tell its type', { unit: name, err: type })
  const label = typeof type === 'string' ? type : ''
  for (const state of states) out.add(unitState, state === activeState ? 1 : 0, name, state, label)
}

function addRunning({ version: name, systemState }: Systemd, out: Out): void {
  if (versionNumber(name) < systemStateVersion) return
  if (systemState instanceof CallError) throw systemState
  out.add(running, systemState === 'running' ? 1 : 0)
}
