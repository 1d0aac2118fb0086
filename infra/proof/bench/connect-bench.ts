import { InvokeCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/dynamodb-position-store.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { parseInput, parseJson } from '#lib/contracts/parse-input.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { MarketData } from '#lib/ports/market-data.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { Env } from '#lib/runtime/env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

/** A running suite as its users see it: the table to read, `open` to call, the venue's public data. */
export type BenchSuite = {
  readonly store: PositionStore;
  readonly marketData: MarketData;
  /** Opens a position and returns its id. @throws UpstreamUnavailableError when it was not opened */
  open(request: Readonly<Record<string, string>>): Promise<string>;
  close(): void;
};

const SuiteEnvSchema = z.object({
  STAGE: z.string(),
  TABLE_NAME: z.string(),
  OPEN_FUNCTION_NAME: z.string(),
  CLOB_HOST: z.string(),
  GAMMA_HOST: z.string(),
});

const WHAT = 'answer of the open function';
const AnswerSchema = z.union([
  z.object({ outcome: z.literal('opened'), position: z.object({ positionId: z.string() }) }),
  z.object({ message: z.string() }),
  z.object({ errorMessage: z.string() }).transform(({ errorMessage }) => ({ message: errorMessage })),
]);

export function connectBench(env: Env): BenchSuite {
  const config = parseEnv(SuiteEnvSchema, env);
  const aws = createAwsClients(env);
  const { TABLE_NAME: tableName, STAGE: stage, CLOB_HOST: clobHost, GAMMA_HOST: gammaHost } = config;
  const ids = createSystemIdSource(systemClock);
  return {
    store: createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids }),
    marketData: createPolymarketMarketData({ clobHost, gammaHost, clock: systemClock }),
    open: async (request) => {
      const command = new InvokeCommand({ FunctionName: config.OPEN_FUNCTION_NAME, Payload: JSON.stringify(request) });
      const { Payload } = await aws.lambda.send(command);
      const answer = parseInput(AnswerSchema, parseJson(Buffer.from(Payload ?? []).toString('utf8'), WHAT), WHAT);
      if ('position' in answer) return answer.position.positionId;
      throw new UpstreamUnavailableError(`A position was not opened: ${answer.message}`);
    },
    close: aws.destroy,
  };
}
