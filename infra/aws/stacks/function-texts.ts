import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

export type FunctionText = {
  readonly description: string;
  /** The first thing its alarms say. */
  readonly errorImpact: string;
};

/** What each function is for, and what a person loses while it fails. */
export const FUNCTION_TEXTS: Readonly<Record<FunctionName, FunctionText>> = {
  open: {
    description: 'Opens a position and answers what became of it',
    errorImpact:
      'Openings fail: a strategy that asks for a position does not get one, or does not learn whether it did.',
  },
  sell: {
    description: 'Takes the next step of every position it is woken for',
    errorImpact: 'Positions may not be sold before their markets end: what is held then is won or lost by the result.',
  },
  sweep: {
    description: 'Every minute: wakes whatever is overdue',
    errorImpact:
      'The safety net is down: a position whose timer and message are both lost stays unsold and nobody notices.',
  },
  announce: {
    description: 'Table stream to event bus: what happened to positions',
    errorImpact: 'You are not told what happens to your positions; they go on being sold.',
  },
  discord: {
    description: 'Tells Discord',
    errorImpact: 'Nobody reads in Discord what happens: a page may have gone unseen. The exits themselves go on.',
  },
  canary: {
    description: 'Every few minutes: sends a paper position through the whole chain and times it',
    errorImpact:
      'Nobody is testing the chain of wake-ups any more: if it breaks, you learn of it with real shares in hand.',
  },
  summary: {
    description: 'Once a day: adds up the day that ended',
    errorImpact: 'The summary of the day is missing; no position is touched by it.',
  },
};
