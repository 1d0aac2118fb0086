import { claimCall, findCall } from '#lib/adapters/dynamodb/call-row.ts';
import { findMany } from '#lib/adapters/dynamodb/read-many.ts';
import type { TableDeps } from '#lib/adapters/dynamodb/table-access.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { getAccount, setHalt, setHaltOnce } from './account.ts';
import { createPosition } from './create-position.ts';
import { findTightened, resetLimits, tighten } from './limits-row.ts';
import {
  findIdByMarket,
  findIdByRequest,
  findPosition,
  listAttempts,
  listClosed,
  listCorrupt,
  listDue,
  listPositions,
  listTimeline,
} from './read-positions.ts';
import { savePosition } from './save-position.ts';

/**
 * The positions in one DynamoDB table (see `table-schema`). The client decides timeouts and retries; a request that the
 * client repeats has the same token and is written once.
 */
export function createDynamodbPositionStore(deps: TableDeps): PositionStore {
  return {
    create: (position, limits) => createPosition(deps, position, limits),
    save: (change) => savePosition(deps, change),
    find: (positionId) => findPosition(deps, positionId),
    findIdByRequest: (requestId) => findIdByRequest(deps, requestId),
    findIdByMarket: (terms) => findIdByMarket(deps, terms),
    listDue: (atMs, limit) => listDue(deps, atMs, limit),
    list: (state) => listPositions(deps, state),
    listCorrupt: () => listCorrupt(deps),
    findMany: (positionIds) => findMany(deps, positionIds),
    listClosed: (day, page) => listClosed(deps, day, page),
    listAttempts: (positionId) => listAttempts(deps, positionId),
    listTimeline: (positionId) => listTimeline(deps, positionId),
    countOpen: async () => {
      // From the counters, because the index has no positions that wait for resolution. The day does not matter here.
      const [paper, live] = await Promise.all([getAccount(deps, 'paper', 0), getAccount(deps, 'live', 0)]);
      return { paper: paper.openCount, live: live.openCount };
    },
    getAccount: (mode, nowMs) => getAccount(deps, mode, nowMs),
    setHalt: (mode, halt, resumed) => setHalt(deps, mode, halt, resumed),
    findTightened: (mode) => findTightened(deps, mode),
    tighten: (mode, limits, acting) => tighten(deps, mode, limits, acting),
    resetLimits: (mode, acting) => resetLimits(deps, mode, acting),
    setHaltOnce: (requestId, modes, halt, nowMs, resumedBy) =>
      setHaltOnce(deps, requestId, modes, { halt, nowMs, resumedBy: resumedBy ?? null }),
    claimCall: (requestId, action, nowMs) => claimCall(deps, requestId, action, nowMs),
    findCall: (requestId) => findCall(deps, requestId),
  };
}
