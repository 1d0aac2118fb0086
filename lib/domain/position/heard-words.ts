/** What the venue answered instead of an outcome, and how often. */
export type HeardWords = { readonly text: string; readonly count: number };

/** A row has to stay small: its size is its price. */
const KINDS_MAX = 4;
const TEXT_LENGTH_MAX = 200;
/** Ids and figures of different lengths move the place where a text is cut. */
const KIND_LENGTH_MAX = 100;

/** Counts one more answer; the last one heard comes last. Texts that differ in ids and figures alone are one kind. */
export function hear(heard: readonly HeardWords[] | undefined, text: string): readonly HeardWords[] {
  const kind = kindOf(text);
  const words = heard ?? [];
  const known = words.find((each) => kindOf(each.text) === kind);
  const others = words.filter((each) => each !== known);
  return [...others, { text: shorten(text), count: (known?.count ?? 0) + 1 }].slice(-KINDS_MAX);
}

function kindOf(text: string): string {
  return shorten(text)
    .replace(/0x[0-9a-f]+|\d+(\.\d+)?/gi, '#')
    .slice(0, KIND_LENGTH_MAX);
}

function shorten(text: string): string {
  return (text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 1)}…`).toWellFormed();
}
