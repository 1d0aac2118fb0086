import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { GuardReply } from '#lib/suite-client/invoke-guard.ts';
import { dollars, shares } from '#lib/words/money-text.ts';
import { exitAheadText, guardedText, guardNotes, marketText } from '#lib/words/opened-words.ts';
import { describeRules } from '#lib/words/rule-words.ts';
import { type ActionDeps, done, refused, unknown } from './action-deps.ts';
import type { ActionAnswer, ActionFact } from './action-message.ts';
import { askedExit } from './asked-exit.ts';
import { findTraded, marketFacts } from './find-traded.ts';
import type { GuardAsked } from './parse-action.ts';
import type { PlannedAction } from './pending-actions.ts';
import { quoteSale } from './quote.ts';

/** Gives shares that were bought elsewhere wake-ups and an exit. A text says why it would not. */
export async function planGuard(deps: ActionDeps, { request, body }: GuardAsked): Promise<PlannedAction | string> {
  const { clock, current } = deps;
  const { markets, about } = current();
  const { mode, side, marketSlug, shares: sharesMicros } = request;
  const nowMs = clock.nowMs();
  const traded = await findTraded(markets, { marketSlug }, side);
  if (typeof traded === 'string') return traded;
  const quoted =
    traded === null
      ? []
      : await quoteSale(
          { findBook: markets.findBook, clock },
          {
            ...{ ...traded.market, marketEndsAtMs: traded.market.endsAtMs },
            ...{ tokenId: traded.market.tokenIds[traded.outcome], sharesMicros: sharesMicros ?? ONE_MICROS },
          },
        );
  // Without a number only the wallet tells what they would bring.
  const quote = sharesMicros === undefined ? quoted.slice(0, 1) : quoted;
  const outcome = traded?.market.outcomeNames[traded.outcome] ?? side;
  return {
    preview: {
      ...{ kind: 'guard', isLive: mode === 'live', isYesNeeded: mode === 'live' },
      question: `Guard the ${outcome} shares in ${marketSlug} (${mode})?`,
      deed: 'Guard',
      facts: [
        { name: 'Suite', text: about.place },
        ...marketFacts(traded, marketSlug, nowMs),
        ...amountFacts(request),
        ...quote,
        ...askedExit(body),
      ],
      notes: ['They are sold at their exit, as any position. What the wallet gets of them later is managed, too.'],
    },
    run: (requestId) => runGuard(deps, { ...body, requestId }),
  };
}

function amountFacts({ mode, shares: most, cost, expectShares }: GuardAsked['request']): readonly ActionFact[] {
  const held = mode === 'paper' ? 'that the paper wallet is to hold' : 'at most';
  const all = `all that the wallet holds${expectShares === true ? ', or receives for an order just placed' : ''}`;
  return [
    { name: 'Shares', text: most === undefined ? all : `${shares(most)} ${held}` },
    ...(cost === undefined ? [] : [{ name: 'Cost', text: dollars(cost) }]),
  ];
}

async function runGuard({ current, clock }: ActionDeps, body: Parameters<SuiteGuard>[0]): Promise<ActionAnswer> {
  const reply = await current().suite.guard(body);
  if (reply.outcome === 'refused' || reply.outcome === 'failed') return describeFailure(reply);
  const { outcome, position } = reply;
  const head = outcome === 'guarded' ? 'Guarded' : 'Guarded by the first try, and not again';
  const rules = describeRules(position);
  return done(`${head}: ${marketText(position)}.`, {
    positionId: position.positionId,
    details: [
      guardedText(position),
      exitAheadText(position, clock.nowMs()),
      ...(rules === null ? [] : [`rules: ${rules}`]),
      ...guardNotes(reply),
    ],
    // The same request sets a wake-up that is missing.
    mayRepeat: !reply.wakeUpsSet,
  });
}

type SuiteGuard = ReturnType<ActionDeps['current']>['suite']['guard'];
type Failure = Extract<GuardReply, { readonly outcome: 'refused' | 'failed' }>;

function describeFailure(reply: Failure): ActionAnswer {
  const { message } = reply;
  if (reply.outcome === 'failed') return reply.mayHaveOpened ? unknown(message) : refused(message);
  const positionId = reply.position?.positionId ?? null;
  return reply.isRetryable ? unknown(message, { positionId }) : refused(message, { positionId });
}
