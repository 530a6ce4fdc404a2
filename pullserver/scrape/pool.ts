/** The targets of one job: which there are, which were dropped, and a loop for each. */
import { createHash } from 'node:crypto'
import type { Log } from '../../shared/log.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { TargetGroup } from '../config/static-config.ts'
import type { Labels } from '../labels.ts'
import type { Store } from '../storage/store.ts'
import type { ScrapeCounters } from './counters.ts'
import { FileDiscovery } from './file-discovery.ts'
import { formatLabels } from './label-set.ts'
import { type LoopParts, TargetLoop } from './loop.ts'
import { populateGroup, type Target } from './target.ts'

/** What is the same for all loops of a server. */
export type Surroundings = Omit<LoopParts, 'target' | 'config' | 'group' | 'inherited'> & {
  readonly store: Pick<Store, 'group'>
  readonly counters: ScrapeCounters
  readonly log: Log
}

export class Pool {
  #config: ScrapeConfig
  #around: Surroundings
  #discoveries: FileDiscovery[] = []
  /** By the group of the store that the loop appends to: one loop for each. */
  #loops = new Map<string, TargetLoop>()
  #dropped: readonly Labels[] = []

  constructor(config: ScrapeConfig, around: Surroundings) {
    this.#config = config
    this.#around = around
  }

  loops(): readonly TargetLoop[] {
    return [...this.#loops.values()]
  }

  /** Discovered labels of all targets that relabel_configs dropped. */
  dropped(): readonly Labels[] {
    return this.#dropped
  }

  /** How many dropped targets are to be shown; 0 is all. */
  get keptDropped(): number {
    return this.#config.limits.keptDroppedTargets
  }

  /** Takes a new configuration into use. Ends when loops that it makes superfluous have stopped. */
  async apply(config: ScrapeConfig, around: Surroundings): Promise<void> {
    this.#config = config
    this.#around = around
    this.#discover()
    await this.#sync()
  }

  /** Nothing is marked as ended: a restart continues the series. */
  async stop(): Promise<void> {
    for (const discovery of this.#discoveries) discovery.stop()
    await Promise.all(this.loops().map((loop) => loop.stop()))
  }

  /** The job is gone, and with it all its targets. */
  async remove(): Promise<void> {
    for (const discovery of this.#discoveries) discovery.stop()
    await Promise.all(this.loops().map((loop) => loop.remove()))
  }

  /** A discovery that is as before goes on, so that a file that broke meanwhile keeps its targets. */
  #discover(): void {
    const before = this.#discoveries
    this.#discoveries = this.#config.fileSdConfigs.map((config) => {
      const text = JSON.stringify(config)
      const same = before.findIndex((discovery) => JSON.stringify(discovery.config) === text)
      const [kept] = same < 0 ? [] : before.splice(same, 1)
      return kept ?? new FileDiscovery(config, this.#around.log, () => this.#resync())
    })
    for (const discovery of before) discovery.stop()
  }

  #resync(): void {
    this.#sync().catch((error: unknown) => {
      this.#around.log.error('stopping a target failed', { err: error })
    })
  }

  /**
   * Makes the loops those of the targets there are now. A target that is as before keeps its loop;
   * one that is scraped differently gets a new loop for the same series; the series of one that is
   * gone are marked as ended at once.
   */
  async #sync(): Promise<void> {
    const config = this.#config
    const before = this.#loops
    const stopping: Promise<void>[] = []
    const discovered = this.#discoveries.flatMap((discovery) => discovery.groups())
    const groups = [...config.staticConfigs, ...discovered]
    const { targets, dropped } = populate(groups, config, this.#around)
    this.#dropped = dropped
    this.#loops = new Map()
    for (const [key, target] of targets) {
      const old = before.get(key)
      before.delete(key)
      if (old !== undefined && isSame(old, target, config)) {
        this.#loops.set(key, old)
        continue
      }
      const left = old?.handOver()
      if (left !== undefined) stopping.push(left.stopped)
      this.#loops.set(key, startLoop(key, target, config, this.#around, left?.series ?? []))
    }
    for (const loop of before.values()) stopping.push(loop.remove())
    for (const loop of this.#loops.values()) loop.refusal = refusal(targets.size, config)
    await Promise.all(stopping)
  }
}

function startLoop(
  key: string,
  target: Target,
  config: ScrapeConfig,
  { store, ...around }: Surroundings,
  inherited: readonly number[],
): TargetLoop {
  const loop = new TargetLoop({ ...around, target, config, group: store.group(key), inherited })
  loop.start()
  return loop
}

/** Too many targets fail all of them, so that it is noticed, and spare them the requests. */
function refusal(count: number, { limits }: ScrapeConfig): string | undefined {
  if (limits.targets === 0 || count <= limits.targets) return undefined
  return `target_limit exceeded (number of targets: ${count}, limit: ${limits.targets})`
}

function populate(
  groups: readonly TargetGroup[],
  config: ScrapeConfig,
  { log, counters }: Surroundings,
): { targets: Map<string, Target>; dropped: Labels[] } {
  const targets = new Map<string, Target>()
  const dropped: Labels[] = []
  const identities = new Set<string>()
  for (const outcome of groups.flatMap((group) => populateGroup(group, config))) {
    if (outcome.kind === 'dropped') {
      dropped.push(outcome.discoveredLabels)
    } else if (outcome.kind === 'failed') {
      counters.addFailedTargets(1)
      log.error('creating target failed', {
        scrape_pool: config.jobName,
        target: formatLabels(outcome.discoveredLabels),
        err: outcome.reason,
      })
    } else if (!identities.has(outcome.target.identity)) {
      identities.add(outcome.target.identity)
      targets.set(groupKey(outcome.target, config.jobName, targets), outcome.target)
    }
  }
  return { targets, dropped }
}

/**
 * Where the store keeps a target's series: by its public labels, which are what its series are known
 * by, so that a new path or parameter continues them. Two targets of a job that show the same
 * labels (a mistake, but Prometheus lets it pass) are told apart by all their labels.
 */
function groupKey(target: Target, jobName: string, taken: ReadonlyMap<string, Target>): string {
  const labels = createHash('sha1').update(JSON.stringify(target.labels)).digest('hex')
  const key = `scrape/${jobName}/${labels.slice(0, 16)}`
  return taken.has(key) ? `${key}/${target.identity.slice(0, 16)}` : key
}

/** Whether nothing changed that a scrape depends on. Rules for targets show in the target itself. */
function isSame(loop: TargetLoop, target: Target, config: ScrapeConfig): boolean {
  return (
    loop.target.identity === target.identity && fingerprint(loop.config) === fingerprint(config)
  )
}

function fingerprint(config: ScrapeConfig): string {
  const { staticConfigs, fileSdConfigs, relabelConfigs, limits, ...rest } = config
  const { targets, keptDroppedTargets, ...scrapeLimits } = limits
  return JSON.stringify([rest, scrapeLimits])
}
