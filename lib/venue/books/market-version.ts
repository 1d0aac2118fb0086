import type { Market, MarketVersion } from '#lib/domain/market/market.ts';
import { hex256 } from '../random.ts';

/** Which versions a venue's markets have. `both`: each slug has one of them, by its hash. */
export const MARKET_VERSION_CHOICES = ['v1', 'v2', 'both'] as const;
export type MarketVersionChoice = (typeof MARKET_VERSION_CHOICES)[number];

export type MarketIds = Pick<Market, 'conditionId' | 'tokenIds'>;

export function versionOfSlug(choice: MarketVersionChoice, slug: string): MarketVersion {
  if (choice !== 'both') return choice;
  return isChosen('version', slug, 2) ? 'v2' : 'v1';
}

/** True for one of `one in` slugs, always the same ones. */
export function isChosen(what: string, slug: string, oneIn: number): boolean {
  return Number.parseInt(hex256(`${what}|${slug}`).slice(0, 8), 16) % oneIn === 0;
}

/** The binary module, the first byte of its ids. */
const BINARY_MODULE = '01';
const BASE_HASH_DIGITS = 32;

/**
 * Ids of a v2 market by its base hash, of which the first 128 bits count (PositionManager's `Ids.sol`): module, base
 * hash, and zeros for arity, chain and index of the condition. The outcome is the last byte. Condition ids have 31
 * bytes.
 */
export function v2MarketIds(baseHash: string): MarketIds {
  const conditionId = `0x${BINARY_MODULE}${baseHash.replace(/^0x/, '').slice(0, BASE_HASH_DIGITS)}`.padEnd(64, '0');
  const up = BigInt(conditionId) << 8n;
  return { conditionId, tokenIds: { UP: up.toString(), DOWN: (up + 1n).toString() } };
}

const RESERVED_BITS = 0xffff_ffff_ffff_ffffn << 40n;

/** As the venue's own SDK tells the two kinds of id apart: bits 40 to 103 of a position id are zero. */
export function versionOfToken(tokenId: string): MarketVersion {
  return (BigInt(tokenId) & RESERVED_BITS) === 0n ? 'v2' : 'v1';
}

const CORE_LENGTH = 2 + 62;

/** The condition as the CLOB and the chain name it: 32 bytes. Gamma documents 31 of a v2 market. */
export function clobConditionId({ conditionId }: Pick<Market, 'conditionId'>): string {
  return conditionId.length === CORE_LENGTH ? `${conditionId}00` : conditionId;
}
