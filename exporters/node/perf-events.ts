/**
 * What perf_event_open(2) can count that the original shows, and the two structs of it: the attributes
 * that ask for a counter and the bytes that are read from one. Numbers are those of linux/perf_event.h.
 */

import { type FamilyDeclaration, families, family } from '../../shared/exposition/declare.ts'

export type PerfFamily = FamilyDeclaration<readonly ['cpu']>

/** Kind and number of an event, fields `type` and `config` of its attributes. */
export type PerfEvent = { readonly type: number; readonly config: number }

export type Profiler = PerfEvent & { readonly family: PerfFamily }

const PERF_TYPE_HARDWARE = 0
const PERF_TYPE_SOFTWARE = 1
const PERF_TYPE_TRACEPOINT = 2
const PERF_TYPE_HW_CACHE = 3

const PERF_FORMAT_TOTAL_TIME_ENABLED = 1n
const PERF_FORMAT_TOTAL_TIME_RUNNING = 2n
const excludeHypervisor = 1n << 6n

export const counter = families('counter', ['cpu'], {
  node_perf_branch_instructions_total: 'Branches executed.',
  node_perf_branch_misses_total: 'Branches that were predicted wrong.',
  node_perf_cache_bpu_read_hits_total: 'Reads of the branch predictor.',
  node_perf_cache_bpu_read_misses_total: 'Reads that missed the branch predictor.',
  node_perf_cache_l1_instr_read_misses_total: 'Instruction reads that missed the first cache.',
  node_perf_cache_l1d_read_hits_total: 'Data reads of the first cache.',
  node_perf_cache_l1d_read_misses_total: 'Data reads that missed the first cache.',
  node_perf_cache_l1d_write_hits_total: 'Data writes to the first cache.',
  node_perf_cache_ll_read_hits_total: 'Reads of the last cache.',
  node_perf_cache_ll_read_misses_total: 'Reads that missed the last cache.',
  node_perf_cache_ll_write_hits_total: 'Writes to the last cache.',
  node_perf_cache_ll_write_misses_total: 'Writes that missed the last cache.',
  node_perf_cache_misses_total: 'Accesses that missed the cache.',
  node_perf_cache_refs_total: 'Accesses to the cache.',
  node_perf_cache_tlb_data_read_hits_total: 'Data reads of the TLB.',
  node_perf_cache_tlb_data_read_misses_total: 'Data reads that missed the TLB.',
  node_perf_cache_tlb_data_write_hits_total: 'Data writes through the TLB.',
  node_perf_cache_tlb_data_write_misses_total: 'Data writes that missed the TLB.',
  node_perf_cache_tlb_instr_read_hits_total: 'Instruction reads of the TLB.',
  node_perf_cache_tlb_instr_read_misses_total: 'Instruction reads that missed the TLB.',
  node_perf_context_switches_total: 'Context switches.',
  node_perf_cpu_migrations_total: 'Tasks that moved here from another CPU.',
  node_perf_cpucycles_total: 'CPU cycles, whatever their frequency.',
  node_perf_instructions_total: 'Instructions executed.',
  node_perf_major_faults_total: 'Page faults that had to read a disk.',
  node_perf_minor_faults_total: 'Page faults that needed no disk.',
  node_perf_page_faults_total: 'Page faults.',
  node_perf_ref_cpucycles_total: 'CPU cycles at a constant frequency.',
  node_perf_stalled_cycles_backend_total: 'Cycles stalled waiting for results.',
  node_perf_stalled_cycles_frontend_total: 'Cycles stalled waiting for instructions.',
})

/** Profilers of a group by the names that the original's flags give them. */
export type Profilers = Readonly<Record<string, Profiler>>

type Table = Readonly<Record<string, readonly [config: number, declaration: PerfFamily]>>

function group(type: number, table: Table): Profilers {
  return Object.fromEntries(
    Object.entries(table).map(([name, [config, declaration]]) => [
      name,
      { type, config, family: declaration },
    ]),
  )
}

export const hardwareProfilers = group(PERF_TYPE_HARDWARE, {
  CpuCycles: [0, counter.node_perf_cpucycles_total],
  CpuInstr: [1, counter.node_perf_instructions_total],
  CacheRef: [2, counter.node_perf_cache_refs_total],
  CacheMisses: [3, counter.node_perf_cache_misses_total],
  BranchInstr: [4, counter.node_perf_branch_instructions_total],
  BranchMisses: [5, counter.node_perf_branch_misses_total],
  StalledCyclesFrontend: [7, counter.node_perf_stalled_cycles_frontend_total],
  StalledCyclesBackend: [8, counter.node_perf_stalled_cycles_backend_total],
  RefCpuCycles: [9, counter.node_perf_ref_cpucycles_total],
})

export const softwareProfilers = group(PERF_TYPE_SOFTWARE, {
  PageFault: [2, counter.node_perf_page_faults_total],
  ContextSwitch: [3, counter.node_perf_context_switches_total],
  CpuMigration: [4, counter.node_perf_cpu_migrations_total],
  MinorFault: [5, counter.node_perf_minor_faults_total],
  MajorFault: [6, counter.node_perf_major_faults_total],
})

/** Which cache, what is done with it, and how that ends: the three bytes of a cache event. */
const [l1Data, l1Instruction, lastLevel, dataTlb, instructionTlb, branchUnit] = [0, 1, 2, 3, 4, 5]
const [read, write] = [0, 1 << 8]
/** What the original calls a hit is any access. */
const [access, miss] = [0, 1 << 16]

export const cacheProfilers = group(PERF_TYPE_HW_CACHE, {
  L1DataReadHit: [l1Data | read | access, counter.node_perf_cache_l1d_read_hits_total],
  L1DataReadMiss: [l1Data | read | miss, counter.node_perf_cache_l1d_read_misses_total],
  L1DataWriteHit: [l1Data | write | access, counter.node_perf_cache_l1d_write_hits_total],
  L1InstrReadMiss: [
    l1Instruction | read | miss,
    counter.node_perf_cache_l1_instr_read_misses_total,
  ],
  LLReadHit: [lastLevel | read | access, counter.node_perf_cache_ll_read_hits_total],
  LLReadMiss: [lastLevel | read | miss, counter.node_perf_cache_ll_read_misses_total],
  LLWriteHit: [lastLevel | write | access, counter.node_perf_cache_ll_write_hits_total],
  LLWriteMiss: [lastLevel | write | miss, counter.node_perf_cache_ll_write_misses_total],
  DataTLBReadHit: [dataTlb | read | access, counter.node_perf_cache_tlb_data_read_hits_total],
  DataTLBReadMiss: [dataTlb | read | miss, counter.node_perf_cache_tlb_data_read_misses_total],
  DataTLBWriteHit: [dataTlb | write | access, counter.node_perf_cache_tlb_data_write_hits_total],
  DataTLBWriteMiss: [dataTlb | write | miss, counter.node_perf_cache_tlb_data_write_misses_total],
  InstrTLBReadHit: [
    instructionTlb | read | access,
    counter.node_perf_cache_tlb_instr_read_hits_total,
  ],
  InstrTLBReadMiss: [
    instructionTlb | read | miss,
    counter.node_perf_cache_tlb_instr_read_misses_total,
  ],
  BPUReadHit: [branchUnit | read | access, counter.node_perf_cache_bpu_read_hits_total],
  BPUReadMiss: [branchUnit | read | miss, counter.node_perf_cache_bpu_read_misses_total],
})

/** A tracepoint as a profiler; `id` is what tracefs calls it. */
export function tracepointProfiler(subsystem: string, event: string, id: number): Profiler {
  const name = `node_perf_${subsystem}_${event}`.replaceAll('-', '_')
  return {
    type: PERF_TYPE_TRACEPOINT,
    config: id,
    family: family('counter', name, `Hits of the tracepoint ${subsystem}:${event}.`, ['cpu']),
  }
}

/** struct perf_event_attr in its first version, which every kernel takes: a counter that runs at once. */
export function perfAttributes({ type, config }: PerfEvent): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32LE(type, 0)
  bytes.writeUInt32LE(bytes.length, 4)
  bytes.writeBigUInt64LE(BigInt(config), 8)
  bytes.writeBigUInt64LE(PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING, 32)
  bytes.writeBigUInt64LE(excludeHypervisor, 40)
  return bytes
}

/** Of what is read from a counter: its value and for how long it was wanted and could count. */
export const perfReadBytes = 24

/**
 * The count, extrapolated for the time in which more counters were wanted than the CPU has and this
 * one had to wait.
 */
export function perfCount(bytes: Buffer): number {
  const value = Number(bytes.readBigUInt64LE(0))
  const enabled = Number(bytes.readBigUInt64LE(8))
  const running = Number(bytes.readBigUInt64LE(16))
  return running === 0 || running === enabled ? value : (value * enabled) / running
}
