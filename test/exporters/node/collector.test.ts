import { expect, test } from 'vitest'
import { defineCollector } from '../../../exporters/node/collector.ts'
import { family } from '../../../shared/exposition/declare.ts'

const gauge = family('gauge', 'node_probe', 'A probe.', ['device', 'mode'])

test('a mistake in a collector does not compile', () => {
  const collector = defineCollector({
    name: 'probe',
    enabled: true,
    help: 'A probe.',
    flags: {
      pattern: { help: 'A pattern.', default: '^x' },
      detailed: { help: 'More.', default: false },
      folders: { help: 'Several.', default: [''] },
      limit: { help: 'How many.', default: 4 },
      wait: { help: 'How long.', duration: '5s' },
    },
    families: [gauge],
    start: ({ flags }) => ({ prefix: flags.pattern }),
    read: ({ state }) => Promise.resolve(state.prefix.length),
    collect({ flags, out, state, read }) {
      const types: [string, boolean, readonly string[], number, number] = [
        flags.pattern,
        flags.detailed,
        flags.folders,
        flags.limit,
        flags.wait,
      ]
      out.add(gauge, read + types.length, state.prefix, 'ok')
      // @ts-expect-error there is no such flag
      void flags.patern
      // @ts-expect-error a flag without a value is a boolean
      const text: string = flags.detailed
      // @ts-expect-error a label is missing
      out.add(gauge, 1, 'sda')
      // @ts-expect-error a label too many
      out.add(gauge, 1, 'sda', text, 'more')
      // @ts-expect-error start returned no such thing
      void state.suffix
    },
  })
  expect(collector.name).toBe('probe')
})
