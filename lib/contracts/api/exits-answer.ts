import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import type { Position } from '#lib/domain/position/position.ts';

type Ahead = {
  readonly awaiting: readonly Position[];
  readonly corruptIds: readonly string[];
  readonly unseenCount: number;
};
type Result = { readonly position: Position; readonly outcome: string };

/** What became of a request to exit everything, in JSON: one entry for each position, and what could not be seen. */
export function toExitsAnswer<Each extends Result>(
  ahead: Ahead,
  results: readonly Each[],
  isAsked: (result: Each) => boolean,
) {
  return {
    requestedCount: results.filter(isAsked).length,
    failedCount: results.filter((result) => !isAsked(result)).length,
    exits: results.map(({ position, ...result }) => ({ ...result, position: toPositionAnswer(position) })),
    awaitingCount: ahead.awaiting.length,
    unreadable: ahead.corruptIds,
    unseenCount: ahead.unseenCount,
  };
}
