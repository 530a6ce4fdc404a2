/**
 * How the parts of a machine are shown: what is no number as labels of an info family, sizes in bytes,
 * speeds in hertz.
 *
 * Where systeminformation does not know, it has words of its own and guesses. Neither is shown. Guessed
 * are whether the machine is virtual (by words in the kernel's log), the usual speed of a processor (by
 * its name), its caches (of one core or of all), who made a disk (by its model), and the memory of most
 * graphics cards (the size of a window on the bus).
 */

import { type FamilyDeclaration, families, family } from '../../shared/exposition/declare.ts'
import type { Out } from './collector.ts'
import type { Answers } from './systeminformation.ts'

export type HardwareQuestion =
  | 'baseboard'
  | 'bios'
  | 'chassis'
  | 'cpu'
  | 'diskLayout'
  | 'graphics'
  | 'memLayout'
  | 'system'

const systemInfo = info('node_hardware_system_info', 'The machine, as labels.', [
  'manufacturer',
  'model',
  'version',
  'sku',
])
const biosInfo = info('node_hardware_bios_info', 'The firmware, as labels.', [
  'vendor',
  'version',
  'release_date',
  'revision',
])
const baseboardInfo = info('node_hardware_baseboard_info', 'The main board, as labels.', [
  'manufacturer',
  'model',
  'version',
])
const chassisInfo = info('node_hardware_chassis_info', 'The case, as labels.', [
  'manufacturer',
  'model',
  'type',
  'version',
])
const cpuInfo = info('node_hardware_cpu_info', 'The processors, which are all alike, as labels.', [
  'manufacturer',
  'brand',
  'family',
  'model',
  'stepping',
  'socket',
])
const cpu = families('gauge', [], {
  node_hardware_cpu_cores: 'Cores of all processors.',
  node_hardware_cpu_max_speed_hertz: 'Highest speed of a processor, in hertz.',
  node_hardware_cpu_packages: 'Processors, as they are bought.',
  node_hardware_cpu_threads: 'What the system takes for a CPU: a core, or one of its threads.',
})
const moduleInfo = info('node_hardware_memory_module_info', 'A memory module, as labels.', [
  'module',
  'bank',
  'type',
  'form_factor',
  'manufacturer',
  'part_number',
])
const moduleNumber = families('gauge', ['module'], {
  node_hardware_memory_module_size_bytes: 'Size of a memory module, in bytes.',
  // Sold as MHz, which it is not: with double data rate the clock has half of it.
  node_hardware_memory_module_transfers_per_second: 'Transfers of a memory module each second.',
})
const diskInfo = info('node_hardware_disk_info', 'A disk, as labels.', [
  'device',
  'type',
  'model',
  'firmware',
  'interface',
])
const diskSize = info('node_hardware_disk_size_bytes', 'Size of a disk, in bytes.', ['device'])
const gpuInfo = info('node_hardware_gpu_info', 'A graphics card, as labels.', [
  'gpu',
  'vendor',
  'model',
  'bus_address',
  'driver_version',
])
const gpuMemory = info('node_hardware_gpu_memory_bytes', 'Memory of a graphics card, in bytes.', [
  'gpu',
])
const serialInfo = info('node_hardware_serial_info', 'The serial number of a part, as labels.', [
  'part',
  'serial',
])
const uuidInfo = info('node_hardware_uuid_info', 'The UUID of the machine, as label.', ['uuid'])

export const hardwareFamilies = [
  ...[systemInfo, biosInfo, baseboardInfo, chassisInfo, cpuInfo, ...Object.values(cpu)],
  ...[moduleInfo, ...Object.values(moduleNumber), diskInfo, diskSize, gpuInfo, gpuMemory],
  ...[serialInfo, uuidInfo],
]

function info<const L extends readonly string[]>(name: string, help: string, labels: L) {
  return family('gauge', name, help, labels)
}

/** Where to, and whether with what identifies the machine. */
type Shown = { readonly out: Out; readonly withSerials: boolean }

type Show = { readonly [Q in HardwareQuestion]: (answer: Answers[Q], shown: Shown) => void }

/** Shows the answer to one question. */
export function showPart<Q extends HardwareQuestion>(
  question: Q,
  answer: Answers[Q],
  shown: Shown,
): void {
  show[question](answer, shown)
}

const show: Show = {
  system({ manufacturer, model, version, sku, serial, uuid }, shown) {
    const realModel = inventedModels.has(model) ? '' : model
    addInfo(shown, systemInfo, [], [manufacturer, realModel, version, sku])
    addSerial(shown, 'system', serial)
    if (shown.withSerials) addInfo(shown, uuidInfo, [], [uuid])
  },
  bios({ vendor, version, releaseDate, revision, serial }, shown) {
    addInfo(shown, biosInfo, [], [vendor, version, releaseDate, revision])
    addSerial(shown, 'bios', serial)
  },
  baseboard({ manufacturer, model, version, serial }, shown) {
    addInfo(shown, baseboardInfo, [], [manufacturer, model, version])
    addSerial(shown, 'baseboard', serial)
  },
  chassis({ manufacturer, model, type, version, serial }, shown) {
    addInfo(shown, chassisInfo, [], [manufacturer, model, type, version])
    addSerial(shown, 'chassis', serial)
  },
  cpu({ manufacturer, brand, family, model, stepping, socket, ...numbers }, shown) {
    addInfo(shown, cpuInfo, [], [manufacturer, brand, family, model, stepping, socket])
    addNumber(shown, cpu.node_hardware_cpu_packages, numbers.processors)
    addNumber(shown, cpu.node_hardware_cpu_cores, numbers.physicalCores)
    addNumber(shown, cpu.node_hardware_cpu_threads, numbers.cores)
    // Where nobody tells it, the speed in the processor's name stands for the lowest and the highest.
    if (numbers.speedMax !== numbers.speed) {
      addNumber(shown, cpu.node_hardware_cpu_max_speed_hertz, numbers.speedMax, 1e9)
    }
  },
  memLayout(modules, shown) {
    for (const [index, module] of modules.entries()) addModule(shown, String(index), module)
  },
  diskLayout(disks, shown) {
    for (const [index, disk] of disks.entries()) {
      const { type, name, firmwareRevision, interfaceType } = disk
      // As in node_disk_*: /dev/sda is sda, \\.\PHYSICALDRIVE0 is PHYSICALDRIVE0.
      const device = disk.device.replace(/^(\/dev\/|\\\\\.\\)/, '') || String(index)
      const words = [type, name, firmwareRevision, interfaceType]
      addInfo(shown, diskInfo, [device], words)
      addNumber(shown, diskSize, disk.size, 1, device)
      addSerial(shown, `disk/${device}`, disk.serialNum)
    }
  },
  graphics(cards, shown) {
    for (const [
      index,
      { vendor, model, busAddress, driverVersion, memoryTotal },
    ] of cards.entries()) {
      const gpu = String(index)
      addInfo(shown, gpuInfo, [gpu], [vendor, model, busAddress, driverVersion])
      addNumber(shown, gpuMemory, memoryTotal, 1 << 20, gpu) // which nvidia-smi tells
    }
  },
}

export const hardwareQuestions = Object.keys(show) as readonly HardwareQuestion[]

function addModule(shown: Shown, module: string, memory: Answers['memLayout'][number]): void {
  const { size, bank, type, formFactor, manufacturer, partNum, clockSpeed, serialNum } = memory
  // Without rights there is one "module" with the memory of the machine, and nothing else known of it.
  const isInvented = word(type) === '' && word(formFactor) === '' && word(partNum) === ''
  if (isInvented || size === 0) return // or the slot is empty
  addInfo(shown, moduleInfo, [module], [bank, type, formFactor, manufacturer, partNum])
  addNumber(shown, moduleNumber.node_hardware_memory_module_size_bytes, size, 1, module)
  const speed = moduleNumber.node_hardware_memory_module_transfers_per_second
  addNumber(shown, speed, clockSpeed, 1e6, module)
  addSerial(shown, `memory/${module}`, serialNum)
}

/** JSON has null where systeminformation had NaN or nothing. */
type Unsure<T> = T | null | undefined

/** Nothing where no word is known. */
function addInfo(
  { out }: Shown,
  declaration: FamilyDeclaration,
  keys: readonly string[],
  texts: readonly Unsure<string>[],
): void {
  const words = texts.map(word)
  if (words.some((one) => one !== '')) out.add(declaration, 1, ...keys, ...words)
}

/** Nothing for 0, which stands for what is not known. */
function addNumber(
  { out }: Shown,
  declaration: FamilyDeclaration,
  value: Unsure<number>,
  factor = 1,
  ...labels: readonly string[]
): void {
  if (value !== null && value !== undefined && value > 0) {
    out.add(declaration, Math.round(value * factor), ...labels)
  }
}

function addSerial(shown: Shown, part: string, serial: Unsure<string>): void {
  if (shown.withSerials && word(serial) !== '') addInfo(shown, serialInfo, [part], [serial])
}

const inventedModels = new Set(['Computer', 'Virtual machine', 'Docker Container'])

/** What firmware says where its maker said nothing. */
const emptyWords =
  /^(-|none|unknown|undefined|not (specified|provided|available|present)|n\/a|empty|default string|to be filled by o\.e\.m\.|system (manufacturer|product name|version|serial number)|0123456789|0+|0x0+)$/i

const maxCharacters = 100

function word(text: Unsure<string>): string {
  const trimmed = (text ?? '').trim()
  return emptyWords.test(trimmed) ? '' : [...trimmed].slice(0, maxCharacters).join('')
}
