/** Addresses and hashes are numbers: their letters' case carries a checksum at the most. */
export function isSameHex(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
