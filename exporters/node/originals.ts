/**
 * Collectors of the original that this release does not have, with their flags, so that a unit file
 * written for it is understood: what asks for nothing is accepted, what asks for them is refused.
 */

type Original = {
  /** Is it on by default there? */
  readonly enabled: boolean
  /** Its flags with a value, without the prefix `collector.`. */
  readonly flags?: readonly string[]
  /** Its flags without one. */
  readonly switches?: readonly string[]
}

export const originals: Readonly<Record<string, Original>> = {
  ntp: {
    enabled: false,
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
  runit: { enabled: false, flags: ['runit.servicedir'] },
  supervisord: { enabled: false, flags: ['supervisord.url'] },
}
