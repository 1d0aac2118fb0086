import { startLocalStack } from '#lib/cli/suite/local-stack.ts';

/**
 * A stack in a process of its own, to be killed, or stopped by SIGTERM. Its functions never end, as if the kill came in
 * the middle of them.
 */
const [stateDir = ''] = process.argv.slice(2);
const never = (): Promise<never> => new Promise(() => undefined);
const stack = await startLocalStack({
  stateDir,
  timerGrainMs: 1_000,
  timerJitterMs: 0,
  functions: { open: never, sell: never, sweep: never, announce: never, discord: never },
});
process.once('SIGTERM', () => void stack.stop());
process.stdout.write(`${JSON.stringify(stack.env)}\n`);
