/**
 * Everything an exit talks to, in a process of its own, so that the measured one works for itself alone: the local stack in live
 * mode, whose own exits do nothing. Says its environment in one line and ends when its standard input does.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalStack } from '#infra/local/local-stack.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { EXIT_LEAD_MS } from './attempt-times.ts';

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
const { venue } = stack;
process.stdout.write(`${JSON.stringify(stack.env)}\n`);

/** Each line that comes in is the end of a market to be listed; its slug goes out. */
for await (const chunk of process.stdin.setEncoding('utf8')) {
  for (const line of String(chunk).split('\n').filter(Boolean)) {
    const atMs = Date.now();
    const tokenMidAt = { outcome: 'UP', priceMicros: 550_000n, atMs } as const;
    const times = { startsAtMs: atMs - 1_000, endsAtMs: Number(line) };
    process.stdout.write(`${venue.addMarket({ asset: 'BTC', window: '5m', ...times, tokenMidAt })}\n`);
  }
}
await stack.stop();
rmSync(stateDir, { recursive: true, force: true });
