/**
 * Discord's interactions: buttons on cards and slash commands, by a public function URL. The signature
 * is the door: nothing is read before it.
 *   1. verify the signature and its time; refuse who may not act;
 *   2. note the ask, once for each interaction (`ASK#<id>`);
 *   3. have this function invoked again with its id, and answer within Discord's three seconds that the answer follows;
 *   4. in that second run: act, save the answer, send it.
 * A delivery that is repeated meets the note of the first. A run that dies is repeated by Lambda: what it had done is
 * known by the ask's id, so that nothing is done twice (`lifecycle/remote`).
 */
import * as z from 'zod/mini';
import { invokeLater } from '#lib/adapters/aws-signed/invoke-later.ts';
import {
  ANSWER_FOLLOWS,
  answerNow,
  type InteractionAnswer,
  PONG,
  replaceNow,
  toMessage,
} from '#lib/adapters/discord/interactions/control-message.ts';
import { type Interaction, parseInteraction } from '#lib/adapters/discord/interactions/interaction.ts';
import { findDenial } from '#lib/adapters/discord/interactions/permission.ts';
import { toRemoteAction } from '#lib/adapters/discord/interactions/remote-action.ts';
import { parsePublicKey, verifyRequest } from '#lib/adapters/discord/interactions/verify-request.ts';
import { createDynamodbAskLog } from '#lib/adapters/dynamodb/dynamodb-ask-log.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { type FunctionUrlResult, toFunctionUrlResult } from '#lib/contracts/function-url.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { Ask, AskLog, RemoteAction } from '#lib/ports/store/ask-log.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { createDynamodbClient, createSqsClient } from '#lib/runtime/function-clients.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import type { Log } from '#lib/runtime/log.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { once } from '#lib/runtime/once.ts';
import { type Env, parseEnv } from '#lib/runtime/parse-env.ts';
import { findSignedCall, type SignedCall } from './wiring/interaction-call.ts';
import { InteractionEnvSchema, toRules } from './wiring/interaction-settings.ts';

export const EnvSchema = InteractionEnvSchema;

/** Of a run that works on an ask. Only who may invoke the function sends it: an HTTP call has another form. */
const WorkSchema = z.object({ work: z.object({ askId: z.string(), token: z.string() }) });

type Door = {
  readonly rules: ReturnType<typeof toRules>;
  readonly verify: (call: SignedCall) => ReturnType<typeof verifyRequest>;
  readonly asks: AskLog;
  readonly workLater: (askId: string, token: string) => Promise<void>;
  readonly log: Log;
};

async function openDoor(env: Env, log: Log): Promise<Door> {
  const config = parseEnv(EnvSchema, env);
  const key = parsePublicKey(config.DISCORD_PUBLIC_KEY);
  if (key === undefined) throw new ConfigError('DISCORD_PUBLIC_KEY is no Ed25519 key');
  const deps = { clock: systemClock, client: createSqsClient(env), endpoint: env.AWS_ENDPOINT_URL_LAMBDA };
  return {
    rules: toRules(config),
    verify: (call) => verifyRequest(key, call, systemClock.nowMs()),
    asks: createDynamodbAskLog({ client: createDynamodbClient(env), tableName: config.TABLE_NAME }),
    workLater: (askId, token) => invokeLater(deps, config.INTERACTIONS_FUNCTION_NAME, { work: { askId, token } }),
    log,
  };
}

const UNAUTHORIZED = 401;

async function answerCall(door: Door, call: SignedCall): Promise<FunctionUrlResult> {
  if (call.isTooLarge) return toFunctionUrlResult(413, { error: 'the body is too large' });
  const verdict = door.verify(call);
  if (verdict !== 'valid') {
    // Discord itself sends wrong signatures now and then, to see that they are refused.
    door.log.info('Interaction refused', { verdict });
    return toFunctionUrlResult(UNAUTHORIZED, { error: 'invalid request signature' });
  }
  const interaction = parseInteraction(Buffer.from(call.body).toString('utf8'));
  if (interaction === undefined) return toFunctionUrlResult(400, { error: 'not an interaction' });
  return toFunctionUrlResult(200, interaction.kind === 'ping' ? PONG : await answerAsk(door, interaction));
}

const NOT_ALLOWED = 'You are not allowed to do this here. The operator of T-minus says who is.';
const UNKNOWN = 'T-minus does not know this button or command: it may be of another release. Nothing was changed.';
/** The note of the ask, or the event, may have arrived. */
const NOT_STARTED =
  'It is not known whether T-minus could begin with this. `/positions` shows what holds. Asking again does nothing twice.';

async function answerAsk(door: Door, interaction: Exclude<Interaction, { kind: 'ping' }>): Promise<InteractionAnswer> {
  const { interactionId: askId, userId, userName, token } = interaction;
  const denial = findDenial(door.rules, interaction);
  if (denial !== null || userId === null) {
    door.log.warn('Interaction of a person who may not act', { denial, userId, askId });
    return answerNow(toMessage(NOT_ALLOWED));
  }
  const action = toRemoteAction(interaction);
  if (action === undefined) return answerNow(toMessage(UNKNOWN));
  const ask = { askId, action, asker: { userId, name: printable(userName) }, atMs: systemClock.nowMs() };
  try {
    return await takeAsk(door, ask, token);
  } catch (error) {
    door.log.error('Ask not begun', { askId, ...describeError(error) });
    return answerNow(toMessage(NOT_STARTED));
  }
}

async function takeAsk(door: Door, ask: Ask, token: string): Promise<InteractionAnswer> {
  const { askId, action } = ask;
  const known = await door.asks.claim(ask);
  door.log.info('Ask taken', { askId, action: action.kind, userId: ask.asker.userId, isRepeated: known !== 'new' });
  // Also for a repeated delivery: the first may have died before it came to this. A run that finds the answer saved
  // sends that and does nothing else.
  await door.workLater(askId, token);
  return isOnPreview(action) ? replaceNow(toMessage('⏳ …')) : ANSWER_FOLLOWS;
}

/** Their buttons go at once, so that none is pressed twice. */
function isOnPreview({ kind }: RemoteAction): boolean {
  return kind === 'confirm' || kind === 'cancel';
}

/** Names are chosen by their owners, and shown in terminals. */
function printable(name: string): string {
  return name.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, 40) || 'unknown';
}

export function createHandler(env: Env): (event: unknown, context?: InvocationContext) => Promise<object> {
  const log = createLogger({ env, service: 'interactions' });
  const door = once(() => openDoor(env, log));
  // Loaded by the run that works: the answer does not wait for its code.
  const worker = once(async () => (await import('./wiring/work-on-ask.ts')).createWorker(env, log));
  return inInvocation<unknown, object>({ log, env }, async (event) => {
    const call = findSignedCall(event);
    if (call !== undefined) return answerCall(await door(), call);
    const { work } = WorkSchema.parse(event);
    return (await worker())(work);
  });
}

export const handler = createHandler(process.env);
