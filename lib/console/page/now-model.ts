import type { NowMessage, NowRow, NowSections } from '#lib/console/now/now-message.ts';

/** What the console has told so far. */
export type NowModel = {
  readonly sections: Partial<NowSections>;
  readonly rows: ReadonlyMap<string, NowRow>;
  /** In the order in which they are shown. */
  readonly order: readonly NowRow[];
};

export const EMPTY_MODEL: NowModel = { sections: {}, rows: new Map(), order: [] };

/** The model after one line of the stream. What did not change stays the same object. */
export function applyMessage(model: NowModel, message: NowMessage): NowModel {
  const sections = message.isWhole ? message.sections : { ...model.sections, ...message.sections };
  if (!message.isWhole && message.rows.length === 0 && message.removed.length === 0) return { ...model, sections };
  const rows = new Map(message.isWhole ? [] : model.rows);
  for (const id of message.removed) rows.delete(id);
  for (const row of message.rows) rows.set(row.positionId, row);
  return { sections, rows, order: [...rows.values()].sort(compareRows) };
}

/** What acts next comes first, then what waits for a result, then what ended, newest first. */
export function compareRows(one: NowRow, other: NowRow): number {
  return rankOf(one) - rankOf(other) || timeOf(one) - timeOf(other) || (one.positionId < other.positionId ? -1 : 1);
}

function rankOf({ isOpen, state }: NowRow): number {
  if (!isOpen) return 2;
  return state === 'awaiting-resolution' ? 1 : 0;
}

const timeOf = ({ closedAtMs, exitDueAtMs }: NowRow): number => (closedAtMs === null ? exitDueAtMs : -closedAtMs);
