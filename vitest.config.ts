import { defineConfig } from 'vitest/config'

// Real servers (PostgreSQL, LMDB, HTTP) take part in these tests, so the bounds are generous; no test sleeps.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/timescale/**', '**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
