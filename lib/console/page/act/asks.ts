import type { ActionKind } from '#lib/console/act/action-message.ts';
import { createStore } from '../store.ts';

/** What a dialog is open for. */
export type Ask = { readonly kind: ActionKind; readonly positionId: string | null };

/** One at a time, from wherever it is asked for. */
export const asks = createStore<Ask | null>(null);

export function askFor(kind: ActionKind, positionId: string | null = null): void {
  if (asks.get() === null) asks.set({ kind, positionId });
}
