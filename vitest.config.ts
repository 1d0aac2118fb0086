import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Integration tests start emulators: generous, because a shared machine can be slow, and never asserted on.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
