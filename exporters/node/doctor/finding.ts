/** One thing that the doctor has to say of the setup. */

export type Finding = {
  /** A problem makes numbers wrong or missing; a note is worth knowing. */
  readonly level: 'problem' | 'note'
  /** What it is about: a flag, a path, a collector. */
  readonly subject: string
  readonly text: string
  /** What to do about it. */
  readonly cure?: string
}
