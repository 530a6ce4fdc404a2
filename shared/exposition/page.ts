/** The page of a scrape, rendered from registries into buffers that are used again and again. */
import type { Clash } from './clash.ts'
import { decodeProtobuf } from './decode-protobuf.ts'
import { encode } from './encode.ts'
import { Layout } from './layout.ts'
import type { EscapingScheme } from './names.ts'
import type { Format } from './negotiate.ts'
import { Output } from './output.ts'
import { ProtoPage } from './proto-page.ts'
import type { Registry } from './registry.ts'
import { writePage } from './write-page.ts'

export class Page {
  readonly #onClash: (clash: Clash) => void
  readonly #output = new Output()
  readonly #protoPages = new Map<Layout, ProtoPage>()
  readonly #layouts = new Map<Format['kind'], Map<EscapingScheme, Layout>>()

  constructor(options: { onClash?: (clash: Clash) => void } = {}) {
    this.#onClash = options.onClash ?? (() => undefined)
  }

  /**
   * The page of these registries, families by name, limited to `names` when given. The first registry
   * wins a clash. The bytes are valid until the render after the next one, or for ever after keep().
   */
  render(
    registries: readonly Registry[],
    format: Format,
    names?: ReadonlySet<string>,
  ): Uint8Array<ArrayBuffer> {
    const layout = this.#layout(registries, format)
    if (format.kind === 'protobuf') {
      const bytes = this.#protoPage(layout).render(layout, names, this.#onClash)
      if (format.version === 'delimited') return bytes
      // The text forms are for people, who have time.
      return new Uint8Array(encode(decodeProtobuf(bytes, { names: 'utf8' }), format))
    }
    return writePage(layout, format.kind, this.#output, names, this.#onClash)
  }

  /** Leaves the bytes handed out so far to their readers: later renders write elsewhere. */
  keep(): void {
    this.#output.leave()
    for (const page of this.#protoPages.values()) page.keep()
  }

  #protoPage(layout: Layout): ProtoPage {
    const page = this.#protoPages.get(layout) ?? new ProtoPage()
    this.#protoPages.set(layout, page)
    return page
  }

  /** One layout a kind of format serves all escaping schemes as long as all names are legacy names. */
  #layout(registries: readonly Registry[], format: Format): Layout {
    const { kind, escaping } = format
    const layouts = this.#layouts.get(kind) ?? new Map<EscapingScheme, Layout>()
    this.#layouts.set(kind, layouts)
    const [first] = layouts.values()
    if (first?.isLegacy) {
      first.update(registries)
      if (first.isLegacy) return first
      layouts.clear()
      this.#protoPages.delete(first)
    }
    const layout = layouts.get(escaping) ?? new Layout(format)
    layouts.set(escaping, layout)
    layout.update(registries)
    return layout
  }
}
