/** What had to be left off a page: two sources that cannot both be shown, or one that cannot be read. */
export type Clash = {
  readonly family: string
  /** One sentence: what is wrong or differs, and what is kept. */
  readonly reason: string
}
