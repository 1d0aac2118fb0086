import { type OpenRequest, toOpenTarget } from '#lib/contracts/open-request.ts';
import { windowAt } from '#lib/domain/market/up-down-markets.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import type { OpenReply } from '#lib/suite-client/invoke-open.ts';
import { haltLines, limitLines } from '#lib/words/halt-lines.ts';
import { dollars } from '#lib/words/money-text.ts';
import { boughtText, exitAheadText, marketText, notBoughtText } from '#lib/words/opened-words.ts';
import { describeRules } from '#lib/words/rule-words.ts';
import { type ActionDeps, done, refused, unknown } from './action-deps.ts';
import type { ActionAnswer } from './action-message.ts';
import { askedExit } from './asked-exit.ts';
import { findTraded, marketFacts } from './find-traded.ts';
import type { OpenAsked } from './parse-action.ts';
import type { PlannedAction } from './pending-actions.ts';
import { quotePurchase } from './quote.ts';

/** Buys through the suite's `open` function, in the window of the preview. A text says why it would not. */
export async function planOpen(deps: ActionDeps, { request, body }: OpenAsked): Promise<PlannedAction | string> {
  const { clock, current } = deps;
  const { markets, about } = current();
  const { mode, usd } = request;
  const nowMs = clock.nowMs();
  const target = toOpenTarget(request, nowMs);
  const { asset } = target;
  const chosen = asset === null || !('window' in target) ? undefined : { asset, ...target.window };
  const traded = await findTraded(markets, { ...target, window: chosen }, request.side);
  if (typeof traded === 'string') return traded;
  const quote =
    traded === null
      ? []
      : await quotePurchase(
          { findBook: markets.findBook, clock },
          { ...traded.market, tokenId: traded.market.tokenIds[traded.outcome], cashMicros: usd },
        );
  const what = `${asset === null ? '' : `${asset} `}${traded?.market.outcomeNames[traded.outcome] ?? request.side}`;
  return {
    preview: {
      ...{ kind: 'open', isLive: mode === 'live', isYesNeeded: mode === 'live' },
      question: `Buy ${what} for ${dollars(usd)} (${mode})?`,
      deed: 'Open',
      facts: [
        { name: 'Suite', text: about.place },
        ...marketFacts(traded, target.marketSlug, nowMs),
        { name: 'At most', text: `${dollars(usd)}, fees included` },
        ...quote,
        ...askedExit(body),
      ],
      notes: await listObstacles(deps, mode),
    },
    run: (requestId) => runOpen(deps, { ...body, ...pinned(request, nowMs), requestId }),
  };
}

/** What was looked at is what is opened: without it the request would mean the window in which it is confirmed. */
function pinned({ marketSlug, window = '5m', windowAt: atMs }: OpenRequest, nowMs: number) {
  if (marketSlug !== undefined || atMs !== undefined) return {};
  return { windowAt: windowAt(window, nowMs).startsAtMs };
}

/** The suite decides when it opens; this is what it would decide by now. */
async function listObstacles({ current, clock }: ActionDeps, mode: Mode): Promise<readonly string[]> {
  const { store } = current().suite;
  const [{ halt }, tightened] = await Promise.all([
    store.getAccount(mode, clock.nowMs()),
    listTightened(store, [mode]),
  ]);
  const halted = halt === null ? [] : haltLines([{ mode, halt }]).map((line) => `${line} This will be refused.`);
  return [...halted, ...limitLines(tightened)];
}

async function runOpen({ current, clock }: ActionDeps, body: Parameters<SuiteOpen>[0]): Promise<ActionAnswer> {
  const reply = await current().suite.open(body);
  if (!('position' in reply)) return describeFailure(reply);
  const { outcome, position } = reply;
  const { positionId } = position;
  const what = marketText(position);
  if (position.state === 'voided') return refused(`Not bought: ${what}${notBoughtText(position)}.`, { positionId });
  const head = outcome === 'opened' ? 'Opened' : 'Opened by the first try, and not again';
  const rules = describeRules(position);
  return done(`${head}: ${what}.`, {
    positionId,
    details: [
      boughtText(position),
      exitAheadText(position, clock.nowMs()),
      ...(rules === null ? [] : [`rules: ${rules}`]),
    ],
  });
}

type SuiteOpen = ReturnType<ActionDeps['current']>['suite']['open'];

function describeFailure(reply: Exclude<OpenReply, { readonly position: unknown }>): ActionAnswer {
  if (reply.outcome === 'failed' && reply.mayHaveOpened) return unknown(reply.message);
  return refused(reply.message);
}
