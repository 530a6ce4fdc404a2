/** Reads /proc/cpuinfo, which every architecture writes in its own words. */

export type CpuInfo = {
  readonly processor: string
  physicalId: string
  coreId: string
  vendor: string
  family: string
  model: string
  modelName: string
  microcode: string
  stepping: string
  cacheSize: string
  megahertz: number
  flags: readonly string[]
  bugs: readonly string[]
}

type TextField = Exclude<keyof CpuInfo, 'processor' | 'megahertz' | 'flags' | 'bugs'>

/** Which key of an architecture says what. */
type Dialect = {
  readonly texts: Readonly<Record<string, TextField>>
  readonly megahertz?: string
  readonly flags?: string
  readonly bugs?: string
}

const x86: Dialect = {
  texts: {
    vendor: 'vendor',
    vendor_id: 'vendor',
    'cpu family': 'family',
    model: 'model',
    'model name': 'modelName',
    stepping: 'stepping',
    microcode: 'microcode',
    'cache size': 'cacheSize',
    'physical id': 'physicalId',
    'core id': 'coreId',
  },
  megahertz: 'cpu MHz',
  flags: 'flags',
  bugs: 'bugs',
}
const arm: Dialect = { texts: { 'model name': 'modelName' }, flags: 'Features' }
const s390: Dialect = {
  texts: { vendor_id: 'vendor', 'physical id': 'physicalId', 'core id': 'coreId' },
  megahertz: 'cpu MHz dynamic',
  flags: 'features',
}
const power: Dialect = { texts: { cpu: 'vendor' }, megahertz: 'clock' }
const riscv: Dialect = { texts: { hart: 'coreId', isa: 'modelName' } }
const mips: Dialect = { texts: { 'system type': 'vendor' } }
const loongarch: Dialect = {
  texts: { 'system type': 'vendor', 'CPU Family': 'family', 'Model Name': 'modelName' },
  megahertz: 'CPU MHz',
}

/** By the names of Node's process.arch. */
const dialects: Readonly<Record<string, Dialect>> = {
  ia32: x86,
  x64: x86,
  arm,
  arm64: arm,
  s390x: s390,
  ppc64: power,
  riscv64: riscv,
  mips,
  mipsel: mips,
  loong64: loongarch,
}

/**
 * One entry for each processor; what the file does not say stays empty. Lines before the first
 * processor (system type, vendor of s390) hold for all. Throws a SyntaxError when there is none.
 */
export function parseCpuInfo(text: string, arch: string): CpuInfo[] {
  const dialect = dialects[arch] ?? x86
  const common = emptyCpu('')
  const cpus = new Map<string, CpuInfo>()
  let current = common
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^([^:\t]*?)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    // `processor 3: version = ...` is how s390 lists them; `cpu number : 3` opens the details.
    const number = /^processor(?: (\d+))?$/.exec(key)
    if (number !== null || key === 'cpu number') {
      const processor = number?.[1] ?? value
      current = cpus.get(processor) ?? { ...common, processor }
      cpus.set(processor, current)
    } else {
      readLine(current, dialect, key, value)
    }
  }
  if (cpus.size === 0) throw new SyntaxError('cpuinfo: there is no line "processor"')
  const all = [...cpus.values()]
  // ARM writes the features once, or for each CPU, depending on the kernel.
  const shared = all.findLast((cpu) => cpu.flags.length > 0)?.flags ?? []
  for (const cpu of all) if (cpu.flags.length === 0) cpu.flags = shared
  return all
}

function readLine(cpu: CpuInfo, dialect: Dialect, key: string, value: string): void {
  const field = dialect.texts[key]
  if (field !== undefined) cpu[field] = value
  else if (key === dialect.megahertz) cpu.megahertz = Number.parseFloat(value)
  else if (key === dialect.flags) cpu.flags = splitWords(value)
  else if (key === dialect.bugs) cpu.bugs = splitWords(value)
}

function splitWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function emptyCpu(processor: string): CpuInfo {
  return {
    processor,
    physicalId: '',
    coreId: '',
    vendor: '',
    family: '',
    model: '',
    modelName: '',
    microcode: '',
    stepping: '',
    cacheSize: '',
    megahertz: 0,
    flags: [],
    bugs: [],
  }
}
