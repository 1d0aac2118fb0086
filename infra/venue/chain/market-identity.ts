import { concatHex, encodePacked, type Hex, hexToBigInt, keccak256, numberToHex, stringToHex } from 'viem';
import { v2MarketIds } from '#lib/venue/books/market-version.ts';
import { BACKING, OPERATOR } from './chain-addresses.ts';
import type { MarketIdentity } from './venue-chain.ts';

/** The prime of the curve alt_bn128, and the constant of its equation y² = x³ + 3. */
const FIELD_PRIME = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const CURVE_CONSTANT = 3n;
/** The prime is 3 modulo 4, so this power of a number is its square root, if it has one. */
const ROOT_EXPONENT = (FIELD_PRIME + 1n) / 4n;
const ODD_FLAG = 1n << 254n;

/** Outcomes in the venue's order, as bit sets. */
export const INDEX_SETS = { UP: 1n, DOWN: 2n } as const;
const OUTCOME_COUNT = 2n;

/** Differs from every question of the real venue. */
export function questionIdOf(slug: string): Hex {
  return keccak256(stringToHex(`t-minus local market ${slug}`));
}

/**
 * Ids of a market as the ConditionalTokens contract computes them. The condition follows from oracle, question and
 * number of outcomes; a token from its backing and the point on a curve to which its outcome is mapped.
 */
export function identifyMarket(slug: string): MarketIdentity {
  const conditionId = conditionIdOf(questionIdOf(slug));
  return {
    conditionId,
    tokenIds: { UP: tokenIdOf(conditionId, INDEX_SETS.UP), DOWN: tokenIdOf(conditionId, INDEX_SETS.DOWN) },
  };
}

/** Ids of a market of version v2, which follow from its data alone. */
export function identifyV2Market(slug: string): MarketIdentity {
  return v2MarketIds(questionIdOf(slug));
}

export function conditionIdOf(questionId: Hex): Hex {
  return keccak256(encodePacked(['address', 'bytes32', 'uint256'], [OPERATOR, questionId, OUTCOME_COUNT]));
}

/** Of a collection without parent. */
export function collectionIdOf(conditionId: Hex, indexSet: bigint): Hex {
  const seed = hexToBigInt(keccak256(concatHex([conditionId, numberToHex(indexSet, { size: 32 })])));
  const isOddWanted = seed >> 255n !== 0n;
  for (let x = (seed + 1n) % FIELD_PRIME; ; x = (x + 1n) % FIELD_PRIME) {
    const square = (x * x * x + CURVE_CONSTANT) % FIELD_PRIME;
    const root = power(square, ROOT_EXPONENT);
    if ((root * root) % FIELD_PRIME !== square) continue;
    const isOdd = root % 2n === 1n;
    // The root with the wanted parity. As in the contract, the negative of zero is the prime itself.
    const y = isOdd === isOddWanted ? root : FIELD_PRIME - root;
    return numberToHex(y % 2n === 1n ? x ^ ODD_FLAG : x, { size: 32 });
  }
}

export function positionIdOf(backing: Hex, collectionId: Hex): bigint {
  return hexToBigInt(keccak256(encodePacked(['address', 'bytes32'], [backing, collectionId])));
}

function tokenIdOf(conditionId: Hex, indexSet: bigint): string {
  return positionIdOf(BACKING, collectionIdOf(conditionId, indexSet)).toString();
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = base % FIELD_PRIME;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * factor) % FIELD_PRIME;
    factor = (factor * factor) % FIELD_PRIME;
  }
  return result;
}
