/** What the fields of requests mean, in the API's description. */
export const REQUEST_TEXTS: Readonly<Record<string, string>> = {
  positionId: 'As the opening answered it.',
  requestId: 'Chosen by the caller, new for each intention. A repeated one never acts twice.',
  asset: 'Left out where marketSlug names a market that is not an up/down window.',
  window: 'Length of the up/down market.',
  windowAt: 'A time in the window that is meant: ISO 8601 with a zone, or Unix milliseconds. Default: now.',
  side: 'UP or DOWN, or the name that the market gives its outcome.',
  usd: 'The most the position may cost in dollars, fees included.',
  mode: 'paper fills against public order books, live trades with real money.',
  minPrice: 'Dollars a share below which this request sells nothing. The exit by the clock has its own prices.',
  marketSlug: "The venue's name of the market.",
  exitLeadSeconds: 'The exit is due this many seconds before the market ends.',
  floor: 'Dollars a share below which nothing is sold.',
  slackTicks: 'Ticks beyond the best price that the buy and the first sells may go.',
  merge: 'Where sells are blocked, buy the other outcome in the last minute and merge the pairs for a dollar each.',
  stopLoss:
    'Sell everything once all shares would sell at this price of the held token or less: a price, or how far below the entry price (fees not included), e.g. "20%".',
  takeProfit:
    'Sell everything once all shares would sell at this price or more, and nothing below it until the exit is due: a price, or how far above the entry price.',
  trailingStop:
    'Sell everything once the price is this far below its highest since the opening: a distance in dollars, or a share of the entry price.',
  holdAbove:
    'Sell nothing at the due exit while all shares would sell at this price or more: they are held until the price is below it, or into the result. Dollars a share.',
  preset:
    "Rules of the stage under a name; fields of the request come before the preset's. none: without the stage's default.",
  maintenance: 'Intervals into which no exit may fall, e.g. 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z.',
  exitAt: 'When to sell. Needed where the market is not an up/down window.',
  shares:
    'Of a guard: the most that is managed. Of an exit: how many to sell now, while the rest is held; needs a requestId. Default: all.',
  expectShares: 'An order was just placed: where no shares are there yet, they are waited for.',
  cost: 'On paper alone: what the shares cost, in dollars.',
  state: 'open, closed, or one state. Default: open, or with since, closed.',
  since: 'For positions that ended: a UTC day, a time with its zone, or a span such as 36h or 7d. Default: yesterday.',
  limit: 'The most positions of a page. Default: 50.',
  pageToken: 'nextPageToken of the page before, with the same filter.',
  flatten: 'Exit every open position too, once nothing more can be opened. By the same modes.',
  reason: 'Why openings are halted; refused openings repeat it.',
  by: 'Who halts; the identity that signed the call is added.',
  day: 'A UTC day, e.g. 2026-11-30.',
};

/** What the fields of answers mean. */
export const ANSWER_TEXTS: Readonly<Record<string, string>> = {
  requestId: "The request's own.",
  side: 'UP or DOWN, or the name that the market gives its outcome.',
  asset: 'Null in a market that is not an up/down window.',
  nextPageToken: 'Null on the last page.',
  unreadable: 'Ids of rows that cannot be read as positions.',
  isOver: 'False for today: the totals still grow.',
  code: 'For programs.',
  message: 'For people: what is wrong, and what to do.',
  retryable: 'True where the same call may succeed when it is repeated with the same requestId.',
  halted: 'Openings of the mode are halted. What is guarded is managed all the same.',
  otherSharesMicros: "Shares of the market's other outcome in the wallet, which are not managed. Null: not read.",
  wakeUpsSet: 'False: a wake-up may be missing, and the sweep starts the exit. Repeating the call sets it again.',
  pnlMicros: 'Result after fees. Null while it is not known.',
  exitDueAtMs: 'When the exit is due.',
  exitAtMs: 'When it was sold, or its deadline passed. Null before.',
  closedAtMs: 'When the money became final. Null before.',
  unknownCount: 'Positions whose result is not known, which are in no sum.',
};
