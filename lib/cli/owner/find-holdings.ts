export type Holding = { slug: string; outcomeName: string; sharesMicros: bigint; state: string; marketVersion: string };
export async function findHoldings(
  _o: unknown,
  _d: number,
): Promise<{ holdings: readonly Holding[]; unread: string | null }> {
  return { holdings: [], unread: null };
}
