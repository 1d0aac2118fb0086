/** Compares addresses and hashes, whose letter case is at most a checksum. */
export function isSameHex(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
