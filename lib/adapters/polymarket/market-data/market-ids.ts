import type { MarketVersion } from '#lib/domain/market/market.ts';

/**
 * Which version's ids this token id belongs to: in a position id of version 2 bits 40 to 103 are zero, in the hash that
 * is an id of Conditional Tokens they are not (venue §8.2).
 */
export function versionOfToken(tokenId: string): MarketVersion {
  return ((BigInt(tokenId) >> 40n) & ((1n << 64n) - 1n)) === 0n ? 'v2' : 'v1';
}

/** Modules of markets with two outcomes: binary and negative risk. The third combines conditions. */
const TWO_OUTCOME_MODULES: readonly bigint[] = [1n, 2n];

/**
 * Whether these are the position ids of both outcomes of this condition, in the order of its outcomes: the condition
 * with 0 and with 1 as its last byte (venue §8.2).
 */
export function arePositionIds(ids: readonly string[], conditionId: string): boolean {
  const condition = BigInt(toBytes31(conditionId));
  const isTwoOutcomes = TWO_OUTCOME_MODULES.includes(condition >> 240n);
  return isTwoOutcomes && ids.every((id, index) => BigInt(id) === ((condition << 8n) | BigInt(index)));
}

const BYTES_31 = /^0x[0-9a-f]{62}$/i;

/** A condition of version 2 has 31 bytes; some answers append a zero byte. Undefined for other bytes. */
export function findBytes31(conditionId: string): string | undefined {
  if (BYTES_31.test(conditionId)) return conditionId.toLowerCase();
  return /^0x[0-9a-f]{62}00$/i.test(conditionId) ? toBytes31(conditionId) : undefined;
}

function toBytes31(conditionId: string): string {
  return conditionId.slice(0, 64).toLowerCase();
}

/** The condition as the CLOB names it, 32 bytes: with 31 it answers 404 or, worse, an empty list (venue §8.3). */
export function toClobConditionId(conditionId: string): string {
  return BYTES_31.test(conditionId) ? `${conditionId}00` : conditionId;
}
