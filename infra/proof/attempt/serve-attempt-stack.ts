import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartLocalStack } from '#infra/shared/local-stack.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

/** This long before a market's end prices move slowly enough for every buy to be matched. */
export const EXIT_LEAD_MS = 180_000;

/**
 * Runs the local stack in live mode for a measuring parent process; its own `sell` does nothing. Prints its environment
 * in one line. Then reads the end of a market per line from standard input and prints the slug of the market it lists.
 * Ends when the input does.
 */
export async function serveAttemptStack(startLocalStack: StartLocalStack): Promise<void> {
  const stateDir = makeTemporaryFolder(tmpdir(), 'tminus-attempt-');
  const stack = await startLocalStack({
    stateDir,
    live: { signatureType: 3 },
    functions: { sell: async () => ({ batchItemFailures: [] }) },
    env: {
      LOG_FILE: join(stateDir, 'functions.log'),
      EXIT_LEAD_MS: String(EXIT_LEAD_MS),
      OPEN_TIME_TO_EXIT_MS_MIN: '1000',
      LIMIT_OPEN_COUNT: '1000',
      LIMIT_EXPOSURE_MICROS: '1000000000000',
    },
  });
  process.stdout.write(`${JSON.stringify(stack.env)}\n`);
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    for (const line of String(chunk).split('\n').filter(Boolean)) {
      const atMs = Date.now();
      const tokenMidAt = { outcome: 'UP', priceMicros: 550_000n, atMs } as const;
      const times = { startsAtMs: atMs - 1_000, endsAtMs: Number(line) };
      process.stdout.write(`${stack.venue.addMarket({ asset: 'BTC', window: '5m', ...times, tokenMidAt })}\n`);
    }
  }
  await stack.stop();
  rmSync(stateDir, { recursive: true, force: true });
}
