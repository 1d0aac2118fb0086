import { MODES } from '#lib/domain/position/position.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { haltLines, limitLines } from '#lib/words/halt-lines.ts';
import { dollars } from '#lib/words/money-text.ts';
import type { OpeningsSection } from './now-message.ts';
import { whyUnread } from './why-unread.ts';

/** Halts, tightened limits and what counts towards them. */
export async function readOpenings(
  store: Pick<PositionStore, 'getAccount' | 'findTightened'>,
  nowMs: number,
): Promise<OpeningsSection> {
  try {
    const [accounts, tightened] = await Promise.all([
      Promise.all(MODES.map((mode) => store.getAccount(mode, nowMs))),
      listTightened(store),
    ]);
    return {
      state: 'read',
      halts: haltLines(accounts.flatMap(({ mode, halt }) => (halt === null ? [] : [{ mode, halt }]))),
      tightened: limitLines(tightened),
      accounts: accounts.map(({ mode, openCount, exposureMicros, dayLossMicros }) => ({
        ...{ mode, openCount, exposure: dollars(exposureMicros), dayLoss: dollars(dayLossMicros) },
      })),
    };
  } catch (error) {
    return { unread: whyUnread(error) };
  }
}
