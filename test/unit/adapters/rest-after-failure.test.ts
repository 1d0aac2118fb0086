import { describe, expect, it } from 'vitest';
import { restAfterFailure } from '#lib/adapters/polygon/polygon-wallet.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';

const NOW_MS = 5_000;

function makeChain() {
  const state = { nowMs: NOW_MS, isDown: false, askedCount: 0 };
  const wallet = {
    async listCashMovements() {
      state.askedCount += 1;
      if (state.isDown) throw new UpstreamUnavailableError('The chain did not answer in time');
      return [{ transactionHash: '0x1', cashMicros: 5n }];
    },
  };
  const chain = restAfterFailure(wallet, { nowMs: () => state.nowMs });
  return { state, ask: () => chain.listCashMovements(somePositionTerms(), ['0x1'], state.nowMs + 1_000) };
}

describe('a chain that does not answer', () => {
  it('is read again only after 10 s', async () => {
    const { state, ask } = makeChain();
    state.isDown = true;
    await expect(ask()).rejects.toThrow('in time');
    state.isDown = false;
    state.nowMs = NOW_MS + 9_999;
    await expect(ask()).rejects.toThrow('within the last 10 s');
    expect(state.askedCount).toBe(1);
    state.nowMs = NOW_MS + 10_000;
    await expect(ask()).resolves.toHaveLength(1);
  });

  it('is read every time as long as it answers', async () => {
    const { state, ask } = makeChain();
    await ask();
    await ask();
    expect(state.askedCount).toBe(2);
  });
});
