import type { NowMessage, NowRow, NowSections } from './now-message.ts';

/** A value with its JSON, by which it is compared. */
export type Shown<Value> = { readonly value: Value; readonly text: string };

/** All that the page can show. */
export type NowState = {
  readonly sections: { readonly [Name in keyof NowSections]: Shown<NowSections[Name]> };
  readonly rows: ReadonlyMap<string, Shown<NowRow>>;
};

export function show<Value>(value: Value): Shown<Value> {
  return { value, text: JSON.stringify(value) };
}

/** What differs from the state that a reader was sent last; all of it to one who has nothing yet. */
export function changesSince(sent: NowState | null, { sections, rows }: NowState, atMs: number): NowMessage {
  const { about, link, openings, checks, prices, news } = sections;
  const before = sent?.sections;
  return {
    atMs,
    isWhole: sent === null,
    sections: {
      ...(before?.about.text !== about.text && { about: about.value }),
      ...(before?.link.text !== link.text && { link: link.value }),
      ...(before?.openings.text !== openings.text && { openings: openings.value }),
      ...(before?.checks.text !== checks.text && { checks: checks.value }),
      ...(before?.prices.text !== prices.text && { prices: prices.value }),
      ...(before?.news.text !== news.text && { news: news.value }),
    },
    rows: [...rows].flatMap(([id, { value, text }]) => (sent?.rows.get(id)?.text === text ? [] : [value])),
    removed: sent === null ? [] : [...sent.rows.keys()].filter((id) => !rows.has(id)),
  };
}
