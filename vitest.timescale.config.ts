import { defineConfig } from 'vitest/config'

// PGlite is one process of WebAssembly in memory: file after file, and slower than a server of machine code.
export default defineConfig({
  test: {
    setupFiles: ['test/support/property-runs.ts'],
    include: ['test/timescale/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
