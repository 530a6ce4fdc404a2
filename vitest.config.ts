import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests run as the programs do: Node strips the types itself, with no transform in between.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // No module of ours holds mutable state, so files can share one process.
    isolate: false,
    // Real processes on a busy machine: a limit is there to end a hang, not to judge speed.
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['exporters/**', 'pushgateway/**', 'pullserver/**', 'shared/**'],
    },
    benchmark: { include: ['bench/**/*.bench.ts'] },
  },
})
