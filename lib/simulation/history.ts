/** What happened in one life, for people: one line per event, with the time counted from the market's end. */
export type History = { readonly lines: readonly string[]; note(actor: string, text: string): void };

export function createHistory(sinceEndMs: () => number): History {
  const lines: string[] = [];
  return {
    lines,
    note: (actor, text) => {
      const ms = sinceEndMs();
      const seconds = (Math.abs(ms) / 1_000).toFixed(3).padStart(8);
      lines.push(`T${ms < 0 ? '−' : '+'}${seconds} s  ${actor.padEnd(9)}${text}`);
    },
  };
}
