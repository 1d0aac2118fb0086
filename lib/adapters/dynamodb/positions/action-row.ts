import * as z from 'zod/mini';
import { decodeRow, type RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import type { TableDeps, WriteItem } from '#lib/adapters/dynamodb/table-access.ts';
import { actionKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { OPERATOR_ACTIONS, type OperatorAction } from '#lib/domain/news/operator-action.ts';
import { MODES } from '#lib/domain/position/position.ts';

const ActionRowSchema = z.object({
  actionId: z.string(),
  action: z.enum(OPERATOR_ACTIONS),
  mode: z.enum(MODES),
  atMs: z.int(),
  by: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  limits: z.nullable(z.record(z.string(), z.string())),
});

/** Written with what it tells of, or not at all: the stream announces it once. */
export function actionPut(deps: TableDeps, told: Omit<OperatorAction, 'actionId'>): WriteItem {
  const row: OperatorAction = { actionId: deps.ids.nextId(), ...told };
  return { Put: { TableName: deps.tableName, Item: { ...actionKey(deps.stage, row), ...row } } };
}

/** @throws CorruptRowError */
export function parseActionRow(row: RawRow): OperatorAction {
  return decodeRow(ActionRowSchema, row);
}
