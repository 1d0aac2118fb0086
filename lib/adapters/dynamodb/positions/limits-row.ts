import * as z from 'zod/mini';
import { decodeRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { findRow, type TableDeps } from '#lib/adapters/dynamodb/table-access.ts';
import { limitsKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { CONDITION_FAILED, writeTransaction } from '#lib/adapters/dynamodb/write-transaction.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import type { Acting, TightenedLimits } from '#lib/domain/position/tightened-limits.ts';
import type { TightenOutcome } from '#lib/ports/store/position-store.ts';
import { actionPut } from './action-row.ts';

const CountSchema = z.optional(z.int().check(z.gte(0)));
const MicrosSchema = z.optional(
  z.pipe(
    z.union([z.int().check(z.gte(0)), z.bigint().check(z.gte(0n))]),
    z.transform((value) => BigInt(value)),
  ),
);

/** Strict: a limit under a name that this release does not know may be the one that matters. */
const LimitsRowSchema = z.strictObject({
  openCountMax: CountSchema,
  exposureMicrosMax: MicrosSchema,
  budgetMicrosMax: MicrosSchema,
  dayLossMicrosMax: MicrosSchema,
  atMs: z.int(),
  by: z.nullable(z.string()),
  reason: z.nullable(z.string()),
});

/** Consistent read. @throws CorruptRowError, StoreUnavailableError */
export async function findTightened(deps: TableDeps, mode: Mode): Promise<TightenedLimits | undefined> {
  const row = await findRow(deps, limitsKey(deps.stage, mode));
  if (row === undefined) return undefined;
  const { atMs, by, reason, ...limits } = decodeRow(LimitsRowSchema, row);
  return { atMs, by, reason, limits: namedIn(limits) };
}

/** Each limit is written on the condition that it falls, so that two operators at once cannot loosen one. */
export async function tighten(
  deps: TableDeps,
  mode: Mode,
  limits: Partial<RiskLimits>,
  { atMs, by, reason }: Acting,
): Promise<TightenOutcome> {
  const named = Object.entries(namedIn(limits));
  const names = Object.fromEntries(named.map(([name]) => [`#${name}`, name]));
  const values = Object.fromEntries(named.map(([name, value]) => [`:${name}`, value]));
  const update = {
    TableName: deps.tableName,
    Key: { ...limitsKey(deps.stage, mode) },
    UpdateExpression: `SET ${named.map(([name]) => `#${name} = :${name}`).join(', ')}, #at = :at, #by = :by, #reason = :reason`,
    ConditionExpression: named.map(([name]) => `(attribute_not_exists(#${name}) OR #${name} > :${name})`).join(' AND '),
    ExpressionAttributeNames: { ...names, '#at': 'atMs', '#by': 'by', '#reason': 'reason' },
    ExpressionAttributeValues: { ...values, ':at': atMs, ':by': by, ':reason': reason },
  };
  const told = actionPut(deps, {
    action: 'tighten-limits',
    mode,
    atMs,
    by,
    reason,
    limits: Object.fromEntries(named.map(([name, value]) => [name, String(value)])),
  });
  return writeTransaction<TightenOutcome>(deps, {
    listItems: () => [{ Update: update }, told],
    written: 'tightened',
    findOutcome: async ([code]) => {
      const now = await findTightened(deps, mode);
      // After a lost answer the row is as it was asked for.
      if (now?.atMs === atMs && now.by === by) return 'tightened';
      return code === CONDITION_FAILED ? 'not-lower' : undefined;
    },
  });
}

/** Works on a row that cannot be read as well. */
export async function resetLimits(deps: TableDeps, mode: Mode, { atMs, by, reason }: Acting): Promise<void> {
  const told = actionPut(deps, { action: 'reset-limits', mode, atMs, by, reason, limits: null });
  await writeTransaction<'reset'>(deps, {
    listItems: () => [{ Delete: { TableName: deps.tableName, Key: { ...limitsKey(deps.stage, mode) } } }, told],
    written: 'reset',
    findOutcome: async () => undefined,
  });
}

/** Without the limits that are not named. */
function namedIn(limits: { readonly [Name in keyof RiskLimits]?: RiskLimits[Name] | undefined }): Partial<RiskLimits> {
  const { openCountMax, exposureMicrosMax, budgetMicrosMax, dayLossMicrosMax } = limits;
  return {
    ...(openCountMax !== undefined && { openCountMax }),
    ...(exposureMicrosMax !== undefined && { exposureMicrosMax }),
    ...(budgetMicrosMax !== undefined && { budgetMicrosMax }),
    ...(dayLossMicrosMax !== undefined && { dayLossMicrosMax }),
  };
}
