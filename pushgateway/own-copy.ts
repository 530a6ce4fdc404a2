/** Strings that are kept while the text they came from goes. */

/**
 * The same text in memory of its own. What V8 cuts out of a string, or puts together from several,
 * keeps all of them: one label value could keep a body of megabytes.
 */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString()
}
