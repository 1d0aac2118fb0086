import * as z from 'zod/mini';
import { callPut, findCallOutcome } from '#lib/adapters/dynamodb/call-row.ts';
import { decodeRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { findRow, type TableDeps, type WriteItem } from '#lib/adapters/dynamodb/table-access.ts';
import { accountKey, dayKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { writeTransaction } from '#lib/adapters/dynamodb/write-transaction.ts';
import { API_HALT_SIGN, isOperatorHalt } from '#lib/contracts/api/api-halt.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import type { Account, Halt } from '#lib/domain/position/risk-limits.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import type { Acting } from '#lib/domain/position/tightened-limits.ts';
import type { HaltOutcome } from '#lib/ports/store/position-store.ts';
import { actionPut } from './action-row.ts';

/** Counters that the table adds up are DynamoDB numbers. The client returns a bigint when a number is not exact. */
const CounterSchema = z._default(
  z.pipe(
    z.union([z.int(), z.bigint()]),
    z.transform((value) => BigInt(value)),
  ),
  0n,
);

const AccountRowSchema = z.strictObject({
  openCount: z._default(z.int(), 0),
  exposureMicros: CounterSchema,
  halted: z._default(z.boolean(), false),
  // Halts of older releases have no details.
  haltedAtMs: z._default(z.nullable(z.int()), null),
  haltedBy: z._default(z.nullable(z.string()), null),
  haltReason: z._default(z.nullable(z.string()), null),
});
const DayRowSchema = z.strictObject({ lossMicros: CounterSchema });

/** Consistent read of the counters; missing ones are zero. @throws CorruptRowError, StoreUnavailableError */
export async function getAccount(deps: TableDeps, mode: Mode, nowMs: number): Promise<Account> {
  const [accountRow, dayRow] = await Promise.all([
    findRow(deps, accountKey(deps.stage, mode)),
    findRow(deps, dayKey(deps.stage, mode, utcDay(nowMs))),
  ]);
  const {
    halted,
    haltedAtMs: sinceMs,
    haltedBy: by,
    haltReason: reason,
    ...counters
  } = decodeRow(AccountRowSchema, accountRow ?? {});
  const day = decodeRow(DayRowSchema, dayRow ?? {});
  return { mode, ...counters, dayLossMicros: day.lossMicros, halt: halted ? { sinceMs, by, reason } : null };
}

/** Changes the halt and leaves the counters alone. @throws StoreUnavailableError */
export async function setHalt(deps: TableDeps, mode: Mode, halt: Halt | null, resumed?: Acting): Promise<void> {
  const acting = halt === null ? resumed : { ...halt, atMs: halt.sinceMs };
  const items = [{ Update: haltUpdate(deps, mode, halt) }, ...listTold(deps, [mode], halt, acting)];
  await writeTransaction<'set'>(deps, { listItems: () => items, written: 'set', findOutcome: async () => undefined });
}

/** Nothing is told of a change without a time, as of a halt by an older release. */
function listTold(
  deps: TableDeps,
  modes: readonly Mode[],
  halt: Halt | null,
  acting: { readonly atMs: number | null; readonly by: string | null; readonly reason: string | null } | undefined,
): readonly WriteItem[] {
  const { atMs = null, by = null, reason = null } = acting ?? {};
  if (atMs === null) return [];
  const action = halt === null ? 'resume' : 'halt';
  return modes.map((mode) => actionPut(deps, { action, mode, atMs, by, reason, limits: null }));
}

export async function setHaltOnce(
  deps: TableDeps,
  requestId: string,
  modes: readonly Mode[],
  { halt, nowMs, resumedBy }: { readonly halt: Halt | null; readonly nowMs: number; readonly resumedBy: string | null },
): Promise<HaltOutcome> {
  const action = `${halt === null ? 'resume' : 'halt'} ${modes.join(' ')}`;
  let held = await listHeld(deps, modes, nowMs);
  const findOutcome = async (): Promise<HaltOutcome | undefined> => {
    held = await listHeld(deps, modes, nowMs);
    const known = await findCallOutcome(deps, requestId, action);
    return known ?? (halt === null && held.length > 0 ? 'held' : undefined);
  };
  const refused = halt === null && held.length > 0 ? await findOutcome() : undefined;
  if (refused !== undefined) return refused;
  const acting = { atMs: nowMs, by: halt === null ? resumedBy : halt.by, reason: halt?.reason ?? null };
  return writeTransaction<HaltOutcome>(deps, {
    listItems: () => {
      const free = modes.filter((mode) => !held.includes(mode));
      return [
        { Put: callPut(deps, requestId, action, nowMs) },
        ...free.map((mode) => ({ Update: unlessHeld(haltUpdate(deps, mode, halt)) })),
        ...listTold(deps, free, halt, acting),
      ];
    },
    written: 'new',
    findOutcome,
  });
}

async function listHeld(deps: TableDeps, modes: readonly Mode[], nowMs: number): Promise<readonly Mode[]> {
  const accounts = await Promise.all(modes.map((mode) => getAccount(deps, mode, nowMs)));
  return accounts.filter(({ halt }) => isOperatorHalt(halt)).map(({ mode }) => mode);
}

/** The operator may halt between the read and this write. */
function unlessHeld(update: ReturnType<typeof haltUpdate>) {
  return {
    ...update,
    ConditionExpression: 'attribute_not_exists(halted) OR halted = :no OR begins_with(haltedBy, :sign)',
    ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':no': false, ':sign': API_HALT_SIGN },
  };
}

function haltUpdate({ stage, tableName: TableName }: TableDeps, mode: Mode, halt: Halt | null) {
  const Key = { ...accountKey(stage, mode) };
  if (halt === null) {
    return {
      TableName,
      Key,
      // Removed, not emptied: the schema of an older release takes no other fields.
      UpdateExpression: 'SET halted = :halted REMOVE haltedAtMs, haltedBy, haltReason',
      ExpressionAttributeValues: { ':halted': false },
    };
  }
  return {
    TableName,
    Key,
    UpdateExpression: 'SET halted = :halted, haltedAtMs = :atMs, haltedBy = :by, haltReason = :reason',
    ExpressionAttributeValues: { ':halted': true, ':atMs': halt.sinceMs, ':by': halt.by, ':reason': halt.reason },
  };
}
