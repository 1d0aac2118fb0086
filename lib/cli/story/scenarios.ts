import type { LocalVenue } from '#infra/shared/local-venue.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

export const SCENARIO_NAMES = ['night', 'unsellable', 'guard'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** What a story plays on this machine. */
export type Scenario = {
  /** Opens the story. */
  readonly text: string;
  /** Settings of the functions and of the story, where the environment has no other value. */
  readonly env: Env;
  /** `bot`: a process of its own buys live, on a chain of this machine, and is killed. The suite finds its shares. */
  readonly buyer: 'suite' | 'bot';
  /** Told once, when nothing is left to do but to wait for the exit. */
  readonly waiting: string;
  /** Applies the venue's faults to a market, before anything is bought in it. */
  readonly disturb: (venue: Pick<LocalVenue, 'setCondition'>, market: string, exitAtMs: number) => void;
  /** Told once, after the first refusal, with the cause that it explains; null where none is expected. */
  readonly explanation: { readonly cause: string; readonly text: string } | null;
};

const WAITING =
  '\nNo process has to stay awake now: a timer and a delayed queue message, both set before the buy, start the exit.\n';

/** An exit of half a minute shows the same as one of two minutes; the timers of production are exact to a minute. */
const QUICK_EXIT = {
  EXIT_LEAD_MS: '30000',
  TIMER_GRAIN_MS: '1000',
  TIMER_LEAD_MS: '1000',
  TIMER_MARGIN_MS: '500',
} as const;

/** The bids leave before the exit reads its book. */
const BIDS_LEAVE_LEAD_MS = 3_000;

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  night: {
    text:
      'This replays the night of the loss on this machine, on paper: shares were bought, the sells were refused because ' +
      'the shares had not settled, and the bot gave up after three tries. Here the same shares are bought again.',
    // The shares settle 3.5 s after the exit is due, so the first sells are refused as on the night of the loss.
    env: { PAPER_SETTLEMENT_FIXED_MS: '33500', PAPER_SELL_SETTLEMENT_FIXED_MS: '2500' },
    buyer: 'suite',
    waiting: WAITING,
    disturb: () => undefined,
    explanation: {
      cause: 'unsettled-buy',
      text: '\nThis is the refusal of that night. The bot gave up; here the position stores its next try and the queue delivers it.\n',
    },
  },
  unsellable: {
    text:
      'This plays the worst exit on this machine, on paper: shares are bought, and when they are to be sold, nobody bids ' +
      'for them up to the end. The deadline is written, the market resolves, and the result is collected.',
    env: {
      ...QUICK_EXIT,
      PAPER_SETTLEMENT_FIXED_MS: '3000',
      // A minute before its end a market moves by cents within a second.
      OPEN_SLACK_TICKS: '10',
    },
    buyer: 'suite',
    waiting: WAITING,
    disturb: (venue, market, exitAtMs) => {
      venue.setCondition({ kind: 'no-bids', market, fromMs: exitAtMs - BIDS_LEAVE_LEAD_MS });
    },
    explanation: {
      cause: 'no-liquidity',
      text: '\nNobody bids. The price of each next try is lower, until the deadline five seconds before the end.\n',
    },
  },
  guard: {
    text:
      'This plays a bot that dies, live, with a venue and a chain on this machine: it buys by the venue’s own client and ' +
      'is killed. Its shares are in its wallet and nowhere else. The suite, which has never heard of it, watches the ' +
      'wallet (WALLET_WATCH=guard), takes the shares in and sells them before the end.',
    env: { ...QUICK_EXIT, WALLET_WATCH: 'guard' },
    buyer: 'bot',
    waiting:
      '\nNobody opened this by the suite. A timer and a delayed queue message, set when the shares were found, start the exit.\n',
    disturb: () => undefined,
    explanation: null,
  },
};
