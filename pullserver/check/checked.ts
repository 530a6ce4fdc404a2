/** What a check says on stdout and stderr, and the exit code: 1 for what cannot be read, 3 for broken conventions. */
export type Checked = { out: string; err: string; exit: 0 | 1 | 3 }
