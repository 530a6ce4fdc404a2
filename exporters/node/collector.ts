/**
 * What a collector is: a name, a default, flags and families as data, and one synchronous function
 * that writes samples. Everything else (command line, docs, timing, success, deadlines) is derived
 * from the declaration. CONTRIBUTING.md walks through a new one.
 */

import type { FamilyDeclaration } from '../../shared/exposition/declare.ts'
import type { Registry } from '../../shared/exposition/registry.ts'
import type { Host } from './host.ts'

/** One flag, written without its `collector.<name>.` prefix. Its type is that of its default. */
export type CollectorFlag = {
  readonly help: string
  /** Accepted but not shown by --help: an old name, or a screw nobody should need. */
  readonly hidden?: boolean
  /** Its whole name behind `collector.`, where that does not begin with the collector's own. */
  readonly fullName?: string
} & (
  | { readonly default: string | boolean | number | readonly string[] }
  /** A length of time such as `5s`; collectors get it in milliseconds. */
  | { readonly duration: string }
)

export type CollectorFlags = Readonly<Record<string, CollectorFlag>>

export type FlagValues<F extends CollectorFlags> = { readonly [N in keyof F]: FlagValue<F[N]> }

type FlagValue<D> = D extends { readonly default: infer V } ? Widened<V> : number

type Widened<V> = V extends string
  ? string
  : V extends boolean
    ? boolean
    : V extends number
      ? number
      : readonly string[]

/** Where a collector writes: its own registry, between begin() and end(). */
export type Out = Pick<Registry, 'add' | 'adopt' | 'series'>

export type CollectorLog = {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

export type StartContext<F extends CollectorFlags = CollectorFlags> = {
  readonly host: Host
  readonly flags: FlagValues<F>
  readonly log: CollectorLog
  /** For series that are kept by their handle from scrape to scrape. */
  readonly out: Out
  /** Was the flag written on the command line? */
  given(flag: keyof F & string): boolean
  /** The flag's value compiled as an RE2 pattern. Throws a StartError that names the flag. */
  regexp(flag: keyof F & string): RegExp
  /** The flag as the operator writes it, for messages: `--collector.cpu.info`. */
  flagName(flag: keyof F & string): string
  /** Is the collector of that name on? */
  isEnabled(collector: string): boolean
}

export type ReadContext<F extends CollectorFlags, S> = {
  readonly host: Host
  readonly flags: FlagValues<F>
  readonly log: CollectorLog
  readonly state: S
  /** Aborts at the deadline; what settles at once then is still in time. */
  readonly signal: AbortSignal
}

export type CollectContext<F extends CollectorFlags, S, R> = {
  readonly host: Host
  readonly flags: FlagValues<F>
  readonly log: CollectorLog
  readonly out: Out
  /** What start returned. */
  readonly state: S
  /** What read returned. */
  readonly read: R
}

export type CollectorDeclaration<F extends CollectorFlags, S, R> = {
  /** As in `--collector.<name>` and the label `collector`; also the file's name. */
  readonly name: string
  /** Does it run unless switched off? */
  readonly enabled: boolean
  /** One sentence for --help and the docs. */
  readonly help: string
  readonly flags: F
  /** All families it can write; `<field>` in a name stands for what the machine supplies. */
  readonly families: readonly FamilyDeclaration[]
  /**
   * Runs once, before the first scrape; what it returns is kept and handed to read and collect, so
   * that a collector has state without having a class. May throw a StartError.
   */
  start?(context: StartContext<F>): S
  /**
   * What has to be awaited, apart from collect so that a late answer can never write into a page
   * being rendered. Not started again while it is under way.
   */
  read?(context: ReadContext<F, S>): R | Promise<R>
  /**
   * Lets go of what start took (sockets, descriptors), when a reload has put a successor in its place
   * and no scrape uses it any more.
   */
  stop?(state: S): void
  /** Writes the samples. Throws NoData when there is nothing here to measure. */
  collect(context: CollectContext<F, S, R>): void
}

/** A declaration whose own types have been checked and forgotten. */
export type Collector = CollectorDeclaration<CollectorFlags, unknown, unknown>

/** Declares a collector; an unknown flag or a wrong number of labels in it does not compile. */
export function defineCollector<const F extends CollectorFlags, S = undefined, R = undefined>(
  declaration: CollectorDeclaration<F, S, R>,
): Collector {
  return declaration as unknown as Collector
}

/**
 * The machine lacks what this collector measures: no such hardware, no such kernel feature. Success
 * is 0 as with a failure, for the original says so, but nobody is alarmed.
 */
export class NoData extends Error {
  override name = 'NoData'
}

/** What the operator asked for cannot be started; the message names the flag. */
export class StartError extends Error {
  override name = 'StartError'
}
