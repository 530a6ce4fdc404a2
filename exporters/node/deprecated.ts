/**
 * Collectors that the original has deprecated and that are not here. Their flags are accepted, so that a
 * unit file written for it starts, and answered with one line that says what to use instead.
 */

type Deprecated = {
  /** Where their numbers come from today. */
  readonly instead: string
  /** Flags with a value, without the prefix `collector.`. */
  readonly flags?: readonly string[]
  /** Flags without one. */
  readonly switches?: readonly string[]
}

export const deprecated: Readonly<Record<string, Deprecated>> = {
  ntp: {
    instead: 'collector timex, on by default',
    flags: [
      'ntp.server',
      'ntp.server-port',
      'ntp.protocol-version',
      'ntp.ip-ttl',
      'ntp.max-distance',
      'ntp.local-offset-tolerance',
    ],
    switches: ['ntp.server-is-local'],
  },
  runit: {
    instead: 'a *.prom file that a script writes, with --collector.textfile.directory',
    flags: ['runit.servicedir'],
  },
  supervisord: {
    instead: 'a *.prom file that a script writes, with --collector.textfile.directory',
    flags: ['supervisord.url'],
  },
}
