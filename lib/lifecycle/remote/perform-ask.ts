/**
 * What a person asked for from outside, such as in Discord. Everything that changes something is offered first, with
 * what it would do, and done once the same person confirms it. The offer's own id makes the act unique, so that a
 * confirmation may be worked on again after a crash: the doors behind it know the id.
 */
import { assertNever } from '#lib/domain/position/broken-law.ts';
import { MODES, type Mode } from '#lib/domain/position/position.ts';
import type { Account, Halt } from '#lib/domain/position/risk-limits.ts';
import { PositionNotFoundError } from '#lib/errors/errors.ts';
import { requestHold } from '#lib/lifecycle/hold/request-hold.ts';
import { readOpen } from '#lib/lifecycle/read/list-positions.ts';
import { requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { isExitAsked, listExits, type RequestExitsDeps, requestExits } from '#lib/lifecycle/sell/request-exits.ts';
import type { AskOutcome, Preview } from '#lib/ports/remote-outcome.ts';
import type { AskLog, AskRecord, Offer, OfferedAction } from '#lib/ports/store/ask-log.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { findTarget } from './find-target.ts';
import { previewAll, previewExit, previewHold } from './preview.ts';

export type PerformAskDeps = RequestExitsDeps & {
  readonly store: RequestExitsDeps['store'] & Pick<PositionStore, 'find' | 'setHaltOnce' | 'getAccount'>;
  readonly asks: AskLog;
  readonly marketData: Pick<MarketData, 'findBook'>;
};

/** A preview is of its moment: the bid moves. */
const OFFER_MS = 60_000;

/**
 * @throws StoreUnavailableError, UpstreamUnavailableError, VersionConflictError: ask again with the same record
 * @throws CorruptRowError
 */
export async function performAsk(deps: PerformAskDeps, ask: AskRecord): Promise<AskOutcome> {
  const { action } = ask;
  switch (action.kind) {
    case 'positions':
      return listPositions(deps);
    case 'exit':
    case 'hold':
      return offerFor(deps, action);
    case 'exit-all': {
      const ahead = await listExits(deps, {});
      const nothing = ahead.positions.length + ahead.corruptIds.length + ahead.unseenCount === 0;
      if (nothing) return { kind: 'nothing-open' };
      return offer(deps, action, await previewAll(deps, ahead));
    }
    case 'halt':
      return offer(deps, action, { kind: 'halt', mode: action.mode, reason: action.reason });
    case 'confirm':
    case 'cancel':
      return takeOffer(deps, ask, action);
    default:
      return assertNever(action);
  }
}

async function listPositions(deps: PerformAskDeps): Promise<AskOutcome> {
  const nowMs = deps.clock.nowMs();
  const read = await readOpen(deps, {});
  return { kind: 'positions', nowMs, ...read, accounts: await readAccounts(deps, MODES) };
}

function readAccounts({ store, clock }: PerformAskDeps, modes: readonly Mode[]): Promise<readonly Account[]> {
  return Promise.all(modes.map((mode) => store.getAccount(mode, clock.nowMs())));
}

function offer({ clock }: PerformAskDeps, action: OfferedAction, preview: Preview): AskOutcome {
  const atMs = clock.nowMs();
  return { kind: 'offered', offer: { action, atMs, untilMs: atMs + OFFER_MS }, preview };
}

async function offerFor(
  deps: PerformAskDeps,
  { kind, target }: { readonly kind: 'exit' | 'hold'; readonly target: string },
): Promise<AskOutcome> {
  const found = await findTarget(deps, target);
  if (found.kind !== 'found') return found;
  const { position } = found;
  const { positionId } = position;
  const preview = kind === 'exit' ? await previewExit(deps, position) : await previewHold(deps, position);
  return typeof preview === 'string'
    ? { kind: 'pointless', code: preview, position }
    : offer(deps, { kind, positionId }, preview);
}

async function takeOffer(
  deps: PerformAskDeps,
  ask: AskRecord,
  { kind, askId }: { readonly kind: 'confirm' | 'cancel'; readonly askId: string },
): Promise<AskOutcome> {
  const asked = await deps.asks.find(askId);
  if (asked?.offer == null) return { kind: 'offer-over', reason: 'unknown' };
  if (asked.asker.userId !== ask.asker.userId) return { kind: 'offer-over', reason: 'foreign' };
  // One that this ask took before goes on, also later: it may have died between that and the act.
  const isOwn = asked.takenBy === ask.askId;
  if (!isOwn && asked.takenBy !== null) return { kind: 'offer-over', reason: 'used' };
  // By when it was confirmed: a run that died is repeated a minute later.
  if (!isOwn && ask.atMs > asked.offer.untilMs) return { kind: 'offer-over', reason: 'expired' };
  if ((await deps.asks.takeOffer(askId, ask.askId)) === 'taken-before') return { kind: 'offer-over', reason: 'used' };
  return kind === 'cancel' ? { kind: 'cancelled' } : act(deps, asked, asked.offer);
}

/** Through the doors that the command line and the API use. */
async function act(deps: PerformAskDeps, { askId, asker }: AskRecord, { action, atMs }: Offer): Promise<AskOutcome> {
  const requestId = `discord-${askId}`;
  switch (action.kind) {
    case 'exit':
      return orNone(action.positionId, async () => ({
        kind: 'exit-asked',
        asked: await requestExit(deps, { positionId: action.positionId, requestId }),
      }));
    case 'hold':
      return orNone(action.positionId, async () => ({
        kind: 'hold-asked',
        asked: await requestHold(deps, action.positionId),
      }));
    case 'exit-all': {
      // What was opened after the preview was not in it.
      const ahead = await listExits(deps, { openedUntilMs: atMs });
      const results = await requestExits(deps, ahead.positions);
      const failed = results.filter((result) => !isExitAsked(result)).map(({ position }) => position);
      return {
        ...{ kind: 'exits-asked', askedCount: results.length - failed.length, failed },
        ...{ awaitingCount: ahead.awaiting.length, corruptIds: ahead.corruptIds, unseenCount: ahead.unseenCount },
      };
    }
    case 'halt': {
      const modes = action.mode === null ? MODES : [action.mode];
      const nowMs = deps.clock.nowMs();
      // Not one of the API's: a program must not lift what a person halted.
      const halt: Halt = { sinceMs: nowMs, by: `Discord: ${asker.name} (${asker.userId})`, reason: action.reason };
      const outcome = await deps.store.setHaltOnce(requestId, modes, halt, nowMs);
      return { kind: 'halt-asked', outcome, accounts: await readAccounts(deps, modes) };
    }
    default:
      return assertNever(action);
  }
}

async function orNone(target: string, request: () => Promise<AskOutcome>): Promise<AskOutcome> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof PositionNotFoundError) return { kind: 'no-such-position', target };
    throw error;
  }
}
