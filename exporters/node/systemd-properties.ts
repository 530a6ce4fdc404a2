/** The numbers that systemd has of single units: as what they are shown, and how to ask for them. */

import { type FamilyDeclaration, families } from '../../shared/exposition/declare.ts'
import type { Unit } from './systemd.ts'

export const unitGauge = families('gauge', ['name'], {
  node_systemd_socket_current_connections: 'Connections that are open.',
  // No counter in the original either.
  node_systemd_socket_refused_connections_total: 'Connections refused.',
  node_systemd_timer_last_trigger_seconds: 'When the timer elapsed last, as Unix time.',
  node_systemd_unit_start_time_seconds: 'When the unit became active, 0 for one that is not.',
  node_systemd_unit_tasks_current: 'Tasks of the service.',
  node_systemd_unit_tasks_max: 'How many tasks the service may have.',
})
export const unitCounter = families('counter', ['name'], {
  node_systemd_service_restart_total: 'How often systemd restarted the service.',
  node_systemd_socket_accepted_connections_total: 'Connections accepted.',
})

const microsPerSecond = 1e6

export type UnitProperty = {
  readonly family: FamilyDeclaration<readonly ['name']>
  /** What is asked for: `Socket` stands for org.freedesktop.systemd1.Socket. */
  readonly owner: 'Service' | 'Socket' | 'Timer' | 'Unit'
  readonly name: string
  /** How many of what is asked for make one of what is shown. */
  readonly scale: number
  /** The flag without which it is not asked for. */
  readonly needs?: 'enable-restarts-metrics' | 'enable-task-metrics' | 'enable-start-time-metrics'
}

/** The numbers of units. Each is younger than systemd itself: where one is lacking it has no series. */
export const unitProperties: readonly UnitProperty[] = [
  {
    family: unitCounter.node_systemd_service_restart_total,
    owner: 'Service',
    name: 'NRestarts',
    scale: 1,
    needs: 'enable-restarts-metrics',
  },
  {
    family: unitGauge.node_systemd_unit_tasks_current,
    owner: 'Service',
    name: 'TasksCurrent',
    scale: 1,
    needs: 'enable-task-metrics',
  },
  {
    family: unitGauge.node_systemd_unit_tasks_max,
    owner: 'Service',
    name: 'TasksMax',
    scale: 1,
    needs: 'enable-task-metrics',
  },
  {
    family: unitCounter.node_systemd_socket_accepted_connections_total,
    owner: 'Socket',
    name: 'NAccepted',
    scale: 1,
  },
  {
    family: unitGauge.node_systemd_socket_current_connections,
    owner: 'Socket',
    name: 'NConnections',
    scale: 1,
  },
  {
    family: unitGauge.node_systemd_socket_refused_connections_total,
    owner: 'Socket',
    name: 'NRefused',
    scale: 1,
  },
  {
    family: unitGauge.node_systemd_timer_last_trigger_seconds,
    owner: 'Timer',
    name: 'LastTriggerUSec',
    scale: microsPerSecond,
  },
  {
    family: unitGauge.node_systemd_unit_start_time_seconds,
    owner: 'Unit',
    name: 'ActiveEnterTimestamp',
    scale: microsPerSecond,
    needs: 'enable-start-time-metrics',
  },
]

/** Which of these properties a unit has. Since when it is active is known of one that is not. */
export function propertiesOf(unit: Unit, asked: readonly UnitProperty[]): readonly UnitProperty[] {
  const type = unitType(unit)
  const isActive = unit.activeState === 'active'
  return asked.filter(({ owner }) => (owner === 'Unit' ? isActive : owner === type))
}

/** `x.service` is a Service. */
export function unitType({ name }: Unit): string {
  const at = name.lastIndexOf('.') + 1
  return name.charAt(at).toUpperCase() + name.slice(at + 1)
}
