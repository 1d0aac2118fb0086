import { flushCompileCache } from 'node:module';
import { afterAll } from 'vitest';

/**
 * Node keeps what it compiled for the next process (`lib/cli/require-node.mjs`) when a process ends by itself. Vitest
 * ends its workers by a signal.
 */
afterAll(() => flushCompileCache());
