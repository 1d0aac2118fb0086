import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import type { PaperLedger, PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { checkPost, checkRead } from './laws/check-post.ts';
import { checkRedemption } from './laws/check-settlement.ts';
import type { Breach, Evidence, RowWrite } from './laws/evidence.ts';
import type { RefusalTally } from './refusal-tally.ts';
import type { SharedServices } from './world/function-deps.ts';
import { createMemoryPaperLedger } from './world/memory-paper-ledger.ts';
import type { SimStream } from './world/sim-stream.ts';
import type { World } from './world/world.ts';

/** The history of one life for people: one line per event, with the time from the market's end. */
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

/** What one life keeps for the report. */
export type LifeRecord = { readonly history: History | null; readonly tally: RefusalTally };

/** Records a saved step and passes it to the stream, before the write is answered. */
export function noteWrite(
  world: World,
  evidence: Evidence,
  stream: SimStream,
  record: LifeRecord,
  write: RowWrite,
): void {
  const { before, after, alert } = write;
  evidence.row = after;
  noteHeld(evidence, before, after);
  record.tally.note(before, after, world.time.nowMs());
  stream.push(after.positionId, { kind: 'state', before, after });
  if (alert !== null) {
    evidence.alerts.push(alert);
    stream.push(after.positionId, { kind: 'alert', alert });
  }
  world.note('row', () => {
    const wakeUp = isClosed(after) ? '' : `, wake-up ${after.wakeUp.id}`;
    const orders = after.attempts.map(
      ({ intent, phase }) => ` ${intent.side} ${intent.orderHash.slice(0, 8)} ${phase}`,
    );
    return `v${after.version} ${after.state}${wakeUp}${orders.join(',')}${alert === null ? '' : `, alert ${alert.kind}`}`;
  });
}

/** While shares are held, rules may act on them; also while a request waits for its price, or sells a part. */
function noteHeld(evidence: Evidence, before: Position | null, after: Position): void {
  if (after.policy.rules === undefined) return;
  const { held } = evidence;
  const isRuled = (row: Position | null): boolean =>
    row?.state === 'holding' || (row?.state === 'exiting' && row.exitRequest !== undefined);
  if (!isRuled(after)) {
    if (isRuled(before) && held !== null) held.untilMs = evidence.nowMs();
    return;
  }
  const sharesMicros = unhedgedSharesMicros(after);
  if (isRuled(before) && held?.sharesMicros === sharesMicros) return;
  evidence.held = { fromMs: evidence.nowMs(), sharesMicros, untilMs: null };
}

/** The paper ledger; every order it records is added to `paperOrders`. */
export function watchPaperLedger(paperOrders: PaperOrder[]): PaperLedger {
  const ledger = createMemoryPaperLedger();
  return {
    read: ledger.read,
    record: async (account, sequence, order) => {
      const recording = await ledger.record(account, sequence, order);
      const isNew = !paperOrders.some(({ orderHash }) => orderHash === order.orderHash);
      if (recording === 'recorded' && isNew) paperOrders.push(order);
      return recording;
    },
  };
}

/** Observes every post, reply, key use and notice. */
export function createWatch(
  world: World,
  evidence: Evidence,
  onBreach: (breach: Breach) => void,
): SharedServices['watch'] {
  const { posts, noticeCounts } = evidence;
  return {
    onPost: (position, intent) => {
      for (const breach of checkPost(evidence, position, intent)) onBreach(breach);
      const post = posts.get(intent.orderHash) ?? {
        intent,
        position,
        firstAtMs: evidence.nowMs(),
        postCount: 0,
        inFlightCount: 0,
      };
      post.postCount += 1;
      // On paper the order is matched inside the function and dies with it.
      if (position.mode === 'live') post.inFlightCount += 1;
      posts.set(intent.orderHash, post);
      const { side, sharesMicros, limitPriceMicros, orderHash } = intent;
      world.note('post', () => `${side} ${orderHash.slice(0, 8)} ${sharesMicros} shares at ${limitPriceMicros}`);
    },
    onRead: (terms) => {
      for (const breach of checkRead(evidence, terms)) onBreach(breach);
    },
    onReply: (intent, reply) => {
      const post = posts.get(intent.orderHash);
      if (post?.position.mode === 'live') post.inFlightCount -= 1;
      world.note(
        'venue',
        () => `${intent.orderHash.slice(0, 8)} ${reply.outcome}${'text' in reply ? `: ${reply.text}` : ''}`,
      );
    },
    onBookShown: (book) => {
      if (evidence.row !== undefined && evidence.row.policy.rules === undefined) return;
      evidence.shownBooks.push({ atMs: evidence.nowMs(), book, isFlawed: evidence.flawedBookSinceMs() !== null });
    },
    onUnderWay: (orderHash, change) => {
      const post = posts.get(orderHash);
      if (post !== undefined) post.inFlightCount += change;
    },
    onRedemption: (intent) => {
      for (const breach of checkRedemption(evidence, intent)) onBreach(breach);
      const sent = { nonce: intent.nonce, deadlineAtMs: intent.deadlineAtMs, isAnswered: false };
      evidence.redemptions.push(sent);
      world.note('post', () => `redemption with nonce ${intent.nonce}`);
      return () => {
        sent.isAnswered = true;
      };
    },
    onKeyUsed: ({ positionId }) => {
      if (evidence.row?.mode === 'paper' && evidence.row.positionId === positionId) evidence.paperKeyUseCount += 1;
    },
    onNotified: (notice: Notice) => {
      if (notice.kind !== 'event') return;
      const key = noticeKeyOf(notice.event);
      noticeCounts.set(key, (noticeCounts.get(key) ?? 0) + 1);
    },
  };
}
