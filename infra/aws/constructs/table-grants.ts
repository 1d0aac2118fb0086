import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { DUE_INDEX } from '#lib/adapters/dynamodb/table-schema.ts';

/** A table of this app, or an existing one. */
export type SuiteTable = Pick<TableV2, 'tableName' | 'tableArn' | 'metric' | 'grantStreamRead'> & {
  readonly tableStreamArn?: string | undefined;
};

export type TableUse =
  | 'open-positions'
  | 'step-positions'
  | 'settle-positions'
  | 'send-canaries'
  | 'sweep'
  | 'list-positions'
  | 'watch-wallet'
  | 'keep-notices'
  | 'answer-asks';

/** A transaction needs the permissions of its items. */
const ROW_ACTIONS = {
  // `Query` reads the paper ledger; `ConditionCheckItem` checks the day's loss inside the opening transaction;
  // `BatchGetItem` reads the positions of a list.
  'open-positions': ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
  'step-positions': ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
  // `Query` reads the paper ledger and, on the index, the other positions of a wallet.
  'settle-positions': ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
  // Opening and voiding without the account's counters, which exclude canaries.
  'send-canaries': ['GetItem', 'Query', 'PutItem', 'DeleteItem'],
  // `BatchGetItem` reads every open position once; `Scan` finds rows of earlier releases that are missing in the index.
  sweep: ['GetItem', 'BatchGetItem', 'Scan'],
  'list-positions': ['GetItem', 'Query'],
  // `Query` reads the days on which positions ended.
  'watch-wallet': ['GetItem', 'BatchGetItem', 'Query'],
  'keep-notices': ['PutItem', 'DeleteItem'],
  // Asks, calls, halts, and the row of a position that is held to the end. It opens and closes none.
  'answer-asks': ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
} as const satisfies Record<TableUse, readonly string[]>;

/** Restricts functions that only notify to the rows of `dynamodb-notice-ledger`. */
const NOTICE_ROWS = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['NOTICE#*'] } } as const;

/** What also queries the index of open positions. */
const INDEX_USES: readonly TableUse[] = ['open-positions', 'sweep', 'settle-positions', 'watch-wallet', 'answer-asks'];

export function grantTable(table: Pick<SuiteTable, 'tableArn'>, grantee: IGrantable, use: TableUse): void {
  Grant.addToPrincipal({
    grantee,
    actions: ROW_ACTIONS[use].map((action) => `dynamodb:${action}`),
    resourceArns: [table.tableArn],
    ...(use === 'keep-notices' && { conditions: NOTICE_ROWS }),
  });
  if (!INDEX_USES.includes(use)) return;
  Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:Query'],
    resourceArns: [`${table.tableArn}/index/${DUE_INDEX.name}`],
  });
}
