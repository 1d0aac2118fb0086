import { concatHex, encodePacked, type Hex, hexToBigInt, keccak256, numberToHex, stringToHex } from 'viem';
import { BACKING, OPERATOR } from './chain-addresses.ts';
import type { MarketIdentity } from './venue-chain.ts';

/** The prime of the curve alt_bn128, and the constant of its equation y² = x³ + 3. */
const FIELD_PRIME = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const CURVE_CONSTANT = 3n;
/** The prime is 3 modulo 4, so a number's square root, where it has one, is its power with this exponent. */
const ROOT_EXPONENT = (FIELD_PRIME + 1n) / 4n;
const ODD_FLAG = 1n << 254n;

/** Outcomes in the order in which the venue lists them, as sets of bits. */
export const INDEX_SETS = { UP: 1n, DOWN: 2n } as const;
const OUTCOME_COUNT = 2n;

/** Any text would do; one that is ours cannot be a question of the real venue. */
export function questionIdOf(slug: string): Hex {
  return keccak256(stringToHex(`t-minus local market ${slug}`));
}

/**
 * Ids of a market as the ConditionalTokens contract computes them, without asking one: the condition from oracle, question
 * and number of outcomes, a token from what backs it and the point on a curve that its outcome is mapped to.
 */
export function identifyMarket(slug: string): MarketIdentity {
  const conditionId = conditionIdOf(questionIdOf(slug));
  return {
    conditionId,
    tokenIds: { UP: tokenIdOf(conditionId, INDEX_SETS.UP), DOWN: tokenIdOf(conditionId, INDEX_SETS.DOWN) },
  };
}

export function conditionIdOf(questionId: Hex): Hex {
  return keccak256(encodePacked(['address', 'bytes32', 'uint256'], [OPERATOR, questionId, OUTCOME_COUNT]));
}

/** Of a collection without a parent. */
export function collectionIdOf(conditionId: Hex, indexSet: bigint): Hex {
  const seed = hexToBigInt(keccak256(concatHex([conditionId, numberToHex(indexSet, { size: 32 })])));
  const wantsOdd = seed >> 255n !== 0n;
  for (let x = (seed + 1n) % FIELD_PRIME; ; x = (x + 1n) % FIELD_PRIME) {
    const square = (x * x * x + CURVE_CONSTANT) % FIELD_PRIME;
    const root = power(square, ROOT_EXPONENT);
    if ((root * root) % FIELD_PRIME !== square) continue;
    const isOdd = root % 2n === 1n;
    // Of the two roots the one of the wanted parity; the negative of zero is the prime itself, as the contract has it.
    const y = isOdd === wantsOdd ? root : FIELD_PRIME - root;
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
