import { toAnswer } from '#lib/adapters/discord/interactions/answer-message.ts';
import { toMessage } from '#lib/adapters/discord/interactions/control-message.ts';
import { callDiscord } from '#lib/adapters/discord/interactions/discord-app-api.ts';
import { createDynamodbAskLog } from '#lib/adapters/dynamodb/dynamodb-ask-log.ts';
import { createPolymarketBooks } from '#lib/adapters/polymarket/market-data/polymarket-books.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { CorruptRowError, RejectedByUpstreamError } from '#lib/errors/errors.ts';
import { type PerformAskDeps, performAsk } from '#lib/lifecycle/remote/perform-ask.ts';
import type { AskRecord } from '#lib/ports/store/ask-log.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import type { Log } from '#lib/runtime/log.ts';
import { type Env, parseEnv } from '#lib/runtime/parse-env.ts';
import { InteractionEnvSchema } from './interaction-settings.ts';
import { createStoreDeps } from './store-deps.ts';

export type Work = { readonly askId: string; readonly token: string };

/** Puts the answer in the place of what the person sees. @throws UpstreamUnavailableError, RejectedByUpstreamError */
export type SendAnswer = (token: string, answer: object, deadlineAtMs: number) => Promise<void>;

export type WorkDeps = PerformAskDeps & { readonly sendAnswer: SendAnswer; readonly log: Log };

/** The function's timeout is 30 s. */
const ANSWER_DEADLINE_MS = 12_000;
const TROUBLE_DEADLINE_MS = 3_000;

export function createWorker(env: Env, log: Log): (work: Work) => Promise<object> {
  const config = parseEnv(InteractionEnvSchema, env);
  const store = createStoreDeps(config, env);
  const { clock } = store;
  const deps: WorkDeps = {
    ...store,
    asks: createDynamodbAskLog({ client: store.dynamodb, tableName: config.TABLE_NAME }),
    marketData: createPolymarketBooks({ clock, clobHost: config.CLOB_HOST }),
    sendAnswer: async (token, answer, deadlineAtMs) => {
      const path = `/webhooks/${config.DISCORD_APPLICATION_ID}/${encodeURIComponent(token)}/messages/@original`;
      const call = {
        method: 'PATCH',
        path,
        body: answer,
        deadlineAtMs,
        isOfNew: true,
        what: 'show the answer',
      } as const;
      await callDiscord({ clock, host: config.DISCORD_API_HOST }, call);
    },
    log,
  };
  return (work) => workOnAsk(deps, work);
}

/**
 * Acts, saves the answer, sends it. Repeated by Lambda where it throws: an answer that was saved is only sent again.
 * @throws StoreUnavailableError, VersionConflictError, UpstreamUnavailableError
 */
export async function workOnAsk(deps: WorkDeps, { askId, token }: Work): Promise<object> {
  const ask = await deps.asks.find(askId);
  if (ask === undefined) {
    deps.log.warn('An ask is not on record', { askId });
    return { outcome: 'unknown' };
  }
  const answer = ask.answer ?? (await actOrTell(deps, ask, token));
  try {
    await deps.sendAnswer(token, toBody(answer), deps.clock.nowMs() + ANSWER_DEADLINE_MS);
  } catch (error) {
    // The token has ended, or the message is gone: what was asked for is done all the same.
    if (!(error instanceof RejectedByUpstreamError)) throw error;
    deps.log.warn('Answer not shown', { askId, ...describeError(error) });
  }
  return { outcome: 'answered' };
}

const TROUBLE =
  'This takes longer: the table or a queue does not answer. T-minus tries again within two minutes. `/positions` shows what holds.';

async function actOrTell(deps: WorkDeps, ask: AskRecord, token: string): Promise<string> {
  try {
    return await act(deps, ask);
  } catch (error) {
    // Another run would read the same row.
    if (error instanceof CorruptRowError) return saveUnreadable(deps, ask, error);
    await deps.sendAnswer(token, toMessage(TROUBLE), deps.clock.nowMs() + TROUBLE_DEADLINE_MS).catch(() => undefined);
    throw error;
  }
}

const UNREADABLE =
  'A stored row cannot be read, so this could not be finished. `tminus doctor` names it, and `tminus` on the command line goes on from here.';

async function saveUnreadable({ asks, log }: WorkDeps, { askId }: AskRecord, error: CorruptRowError): Promise<string> {
  log.error('Ask not worked on', { askId, ...describeError(error) });
  const answer = JSON.stringify(toMessage(UNREADABLE));
  return asks.saveAnswer(askId, answer, null);
}

async function act(deps: WorkDeps, ask: AskRecord): Promise<string> {
  const outcome = await performAsk(deps, ask);
  const answer = JSON.stringify(toAnswer(outcome, ask.askId));
  const { askId, asker, action } = ask;
  deps.log.info('Ask worked on', { askId, userId: asker.userId, action: action.kind, outcome: outcome.kind });
  // Of two runs at once, both show what the first one saved: its offer is the one that a press confirms.
  return deps.asks.saveAnswer(askId, answer, outcome.kind === 'offered' ? outcome.offer : null);
}

function toBody(answer: string): object {
  const body = jsonOrUndefined(answer);
  return typeof body === 'object' && body !== null ? body : {};
}
