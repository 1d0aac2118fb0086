import type { MarketVersion } from '#lib/domain/market/market.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WalletTokens } from '#lib/ports/wallet/wallet-tokens.ts';
import { decodeShares, readShares } from '../contract-calls.ts';
import { createRpc } from '../json-rpc.ts';
import { PROTOCOLS } from '../polygon-contracts.ts';
import { callAt, readFinalizedBlock } from './finalized-block.ts';
import { orMissing, readPayout } from './read-condition.ts';

export type PolygonWalletTokensDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly rpcUrl: string;
  /** The protocol version of a token, by its id. */
  readonly versionOf: (tokenId: string) => MarketVersion;
};

/** One call costs about 2,700 gas for each token; nodes allow tens of millions. */
const TOKENS_PER_CALL = 200;

/** Reads alone: no key and no account. */
export function createPolygonWalletTokens({ clock, rpcUrl, versionOf }: PolygonWalletTokensDeps): WalletTokens {
  const rpc = createRpc({ clock, rpcUrl });
  return {
    identify: (tokenId) => {
      const marketVersion = versionOf(tokenId);
      // The outcome is the last bit of an id of version 2 (venue §8.2).
      return { marketVersion, otherTokenId: marketVersion === 'v2' ? String(BigInt(tokenId) ^ 1n) : null };
    },
    async readShares(walletAddress, tokenIds, deadlineAtMs) {
      const block = await readFinalizedBlock(rpc, deadlineAtMs);
      const batches = batchesOf(tokenIds, versionOf);
      const calls = batches.map(({ version, ids }) =>
        callAt(readShares(PROTOCOLS[version].shares, walletAddress, ids), block),
      );
      const outcomes = await rpc.send(calls, deadlineAtMs);
      const sharesOf = new Map<string, bigint>();
      for (const [index, { ids }] of batches.entries()) {
        const shares = decodeShares(orMissing(outcomes[index]), ids.length);
        for (const [place, id] of ids.entries()) sharesOf.set(id, shares[place] ?? 0n);
      }
      return { block, sharesOf };
    },
    readPayout: (terms, block, deadlineAtMs) => readPayout(rpc, terms, block, deadlineAtMs),
  };
}

function batchesOf(tokenIds: readonly string[], versionOf: PolygonWalletTokensDeps['versionOf']) {
  return (['v1', 'v2'] as const).flatMap((version) => {
    const ids = tokenIds.filter((tokenId) => versionOf(tokenId) === version);
    const count = Math.ceil(ids.length / TOKENS_PER_CALL);
    return Array.from({ length: count }, (_, index) => ({
      version,
      ids: ids.slice(index * TOKENS_PER_CALL, (index + 1) * TOKENS_PER_CALL),
    }));
  });
}
