import fc from 'fast-check';
import { bytesToHex, encodeFunctionData, type Hex, parseAbi } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKING, CONDITIONAL_TOKENS, OPERATOR } from '#infra/venue/chain/chain-addresses.ts';
import {
  collectionIdOf,
  conditionIdOf,
  identifyMarket,
  positionIdOf,
  questionIdOf,
} from '#infra/venue/chain/market-identity.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { createRpc, type Rpc } from '#lib/adapters/polygon/json-rpc.ts';

const ABI = parseAbi([
  'function getConditionId(address, bytes32, uint256) pure returns (bytes32)',
  'function getCollectionId(bytes32, bytes32, uint256) view returns (bytes32)',
  'function getPositionId(address, bytes32) pure returns (uint256)',
]);
const NO_PARENT: Hex = `0x${'0'.repeat(64)}`;
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex);

describe('the identity of a market', () => {
  let chain: LocalChain;
  let rpc: Rpc;
  beforeAll(async () => {
    chain = await startLocalChain();
    rpc = createRpc({ rpcUrl: chain.rpcUrl, clock: { nowMs: Date.now } });
  });
  afterAll(() => chain.stop());

  const ask = (data: Hex) =>
    rpc.sendOne({ method: 'eth_call', params: [{ to: CONDITIONAL_TOKENS, data }, 'latest'] }, Date.now() + 20_000);

  it('is what the real contract computes, for any market', async () => {
    const slug = fc
      .tuple(fc.constantFrom('btc', 'eth'), fc.constantFrom('5m', '15m'), fc.integer({ min: 0, max: 2_000_000_000 }))
      .map(([asset, window, start]) => `${asset}-updown-${window}-${start}`);
    await fc.assert(
      fc.asyncProperty(slug, async (text) => {
        const { conditionId, tokenIds } = identifyMarket(text);
        const args = [OPERATOR, questionIdOf(text), 2n] as const;
        expect(await ask(encodeFunctionData({ abi: ABI, functionName: 'getConditionId', args }))).toBe(conditionId);
        for (const [outcome, indexSet] of [
          ['UP', 1n],
          ['DOWN', 2n],
        ] as const) {
          const path = [NO_PARENT, conditionId as Hex, indexSet] as const;
          const collectionId = await ask(encodeFunctionData({ abi: ABI, functionName: 'getCollectionId', args: path }));
          const place = [BACKING, collectionId as Hex] as const;
          const position = await ask(encodeFunctionData({ abi: ABI, functionName: 'getPositionId', args: place }));
          expect(BigInt(position as Hex).toString()).toBe(tokenIds[outcome]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('maps any condition and set of outcomes to the contract’s point of the curve', async () => {
    await fc.assert(
      fc.asyncProperty(bytes32, fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), async (conditionId, indexSet) => {
        const args = [NO_PARENT, conditionId, indexSet] as const;
        const answer = await ask(encodeFunctionData({ abi: ABI, functionName: 'getCollectionId', args }));
        expect(collectionIdOf(conditionId, indexSet)).toBe(answer);
      }),
      { numRuns: 100 },
    );
  });

  it('is one identity, worked out once, on every chain', () => {
    const slug = 'eth-updown-5m-1773307200';
    expect(chain.identify(slug)).toBe(chain.identify(slug));
    expect(chain.identify(slug)).toEqual(identifyMarket(slug));
    expect(conditionIdOf(questionIdOf(slug))).toBe(chain.identify(slug).conditionId);
    const { UP, DOWN } = identifyMarket(slug).tokenIds;
    expect(UP).not.toBe(DOWN);
    expect(UP).toBe(positionIdOf(BACKING, collectionIdOf(conditionIdOf(questionIdOf(slug)), 1n)).toString());
  });
});
