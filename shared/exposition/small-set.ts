/** A set of strings that is mostly of one: a Set takes 200 bytes and more, and pages have many series. */
export class SmallSet {
  #first: string | undefined
  #others: Set<string> | undefined

  has(text: string): boolean {
    return text === this.#first || this.#others?.has(text) === true
  }

  add(text: string): void {
    if (this.#first === undefined) this.#first = text
    else if (text !== this.#first) {
      this.#others ??= new Set()
      this.#others.add(text)
    }
  }

  clear(): void {
    this.#first = undefined
    this.#others = undefined
  }
}
