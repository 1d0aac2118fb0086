import type { Position } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { playLife, type Violation } from '#lib/simulation/life.ts';
import type { LifeWorld } from '#lib/simulation/life-world.ts';
import type { Situation } from './situation.ts';
import { type LifeFigures, type SentOrder, weighLife } from './weigh-life.ts';

export type ProductLife = { readonly figures: LifeFigures | null; readonly violations: readonly Violation[] };

/** A life of `tminus sim`: the suite's own use cases, tables, queues and timers. */
export async function playProduct({ seed, plan, setup, ...rest }: Situation): Promise<ProductLife> {
  const situation = { seed, plan, setup, ...rest };
  let watched: LifeWorld | undefined;
  let isRestManaged: boolean | undefined;
  const observe = (life: LifeWorld): void => {
    watched = life;
    life.world.time.atInBackground(situation.managedByMs, () => {
      isRestManaged = isManaged(life.evidence.row);
    });
  };
  const { position, violations } = await playLife({ seed, plan, setup, isThorough: false }, observe);
  if (watched === undefined) return { figures: null, violations };
  const { evidence, engine } = watched;
  const orders = [...evidence.posts.values()].map(({ intent, firstAtMs }): SentOrder => {
    const { orderHash, side, tokenId, sharesMicros } = intent;
    return { orderHash, side, tokenId, sharesMicros, atMs: firstAtMs };
  });
  // A life that is over earlier stays as it is.
  const played = { situation, ledger: engine.ledger, chain: evidence.chain, orders };
  const figures = weighLife({ ...played, isRestManaged: isRestManaged ?? isManaged(position) });
  return { figures, violations };
}

/** Closed with its end on record, or waiting for the result: what is left is redeemed or told. */
function isManaged(row: Position | null | undefined): boolean {
  return row !== null && row !== undefined && (isClosed(row) || row.state === 'awaiting-resolution');
}
