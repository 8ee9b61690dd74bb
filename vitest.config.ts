import { defineConfig } from 'vitest/config'

// Real servers (PostgreSQL, LMDB, HTTP) take part in these tests, so the bounds are generous; no test sleeps.
// Many wait for disks and other processes: two files at a time halve the time even on two cores.
export default defineConfig({
  test: {
    setupFiles: ['test/support/property-runs.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/timescale/**', '**/node_modules/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
