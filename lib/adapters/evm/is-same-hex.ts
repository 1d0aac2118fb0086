export function isSameHex(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
