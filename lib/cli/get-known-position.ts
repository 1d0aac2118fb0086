import type { Position } from '#lib/domain/position/position.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import { CliError, EXIT_CODES } from './cli-error.ts';
import { printable } from './terminal.ts';

/** @throws CliError 4 */
export async function getKnownPosition(
  { store, flags }: { readonly store: Pick<PositionStore, 'find'>; readonly flags: string },
  positionId: string,
): Promise<Position> {
  const position = await store.find(positionId);
  if (position !== undefined) return position;
  throw new CliError(
    EXIT_CODES.notFound,
    'position-not-found',
    `There is no position ${printable(positionId).slice(0, 64)}. \`tminus positions${flags}\` lists them.`,
  );
}
