/** Ids of protocol version 2 have bits 40 to 103 all zero (venue §1.3). */
export function isConditionalToken(tokenId: string): boolean {
  return ((BigInt(tokenId) >> 40n) & ((1n << 64n) - 1n)) !== 0n;
}
