/** A recording in the documented format: a five-minute window, DOWN recorded, UP wins. */
export function aRecordingText(
  change: { readonly header?: Readonly<Record<string, unknown>>; readonly lines?: readonly string[] } = {},
): string {
  const header = {
    slug: 'btc-updown-5m-1776081600',
    asset: 'BTC',
    windowStart: 1_776_081_600,
    windowEnd: 1_776_081_900,
    tickSize: '0.01',
    winner: 'UP',
    winnerBasis: 'book-after-end',
    recorded: 'DOWN',
    ...change.header,
  };
  return `${[JSON.stringify(header), ...(change.lines ?? RECORDED_LINES)].join('\n')}\n`;
}

/** At T − 299.8 s, T − 120 s, T − 60 s (both tokens), T − 5 s (no bids, finer price) and just after the end. */
export const RECORDED_LINES = [
  '{"t":1776081600200,"down":{"bids":[["0.51","20.67"],["0.5","290.09"]],"asks":[["0.52","87.81"]]}}',
  '{"t":1776081780000,"down":{"bids":[["0.34","12.5"],["0.33","40"]],"asks":[["0.36","30"],["0.37","100"]]}}',
  '{"t":1776081840000,"up":{"bids":[["0.9","7"]],"asks":[["0.92","8"]]},"down":{"bids":[["0.08","8"]],"asks":[["0.1","7"]]}}',
  '{"t":1776081895000,"down":{"bids":[],"asks":[["0.005","1000"]]}}',
  '{"t":1776081900400,"down":{"bids":[],"asks":[["0.001","5000"]]}}',
];
