import type { FastifyInstance, FastifyReply } from 'fastify';
import * as z from 'zod';
import { DATA_ROWS, type VenueSettings } from '#infra/shared/local-venue.ts';
import type { VenueAccounts } from '#infra/venue/trading/venue-accounts.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { SWITCHABLE_FAULT_KINDS, type SwitchableConditions } from '#lib/venue/engine/switchable-conditions.ts';

const MicrosSchema = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt);

const ConditionSchema = z.strictObject({
  kind: z.enum(SWITCHABLE_FAULT_KINDS),
  fromMs: z.int().optional(),
  untilMs: z.int().optional(),
  probability: z.number().min(0).max(1).optional(),
  count: z.int().min(0).optional(),
  market: z.string().max(100).optional(),
  value: z.int().min(0).optional(),
});

const AccountSchema = z.strictObject({
  wallet: z.string(),
  owner: z.string(),
  signatureType: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  cashMicros: MicrosSchema.optional(),
});

const SettingsSchema = z.strictObject({
  feeRounding: z.enum(['floor', 'round']).optional(),
  feePer: z.enum(['level', 'order']).optional(),
  statusPrefix: z.boolean().optional(),
  lateFillStatus: z.enum(['live', 'delayed']).optional(),
  finishedOrders: z.boolean().optional(),
  pageSize: z.int().min(1).max(500).optional(),
  closedOnly: z.boolean().optional(),
  gammaIds: z.enum(['mixed', 'documented', 'both']).optional(),
  gammaConditionBytes: z.union([z.literal(31), z.literal(32)]).optional(),
  dataLagMs: z.int().optional(),
  dataCached: z.boolean().optional(),
  dataStaleMs: z.int().min(0).optional(),
  dataRows: z.enum(DATA_ROWS).optional(),
  dataPageSize: z.int().min(1).max(1_000).optional(),
  dataArchiveAfterMs: z.int().min(0).optional(),
  reportedResults: z.enum(['true', 'opposite']).optional(),
  geoblocked: z.boolean().optional(),
});

export type AdminDeps = {
  readonly conditions: SwitchableConditions;
  readonly accounts: VenueAccounts;
  settings(): VenueSettings;
  setSettings(changes: Partial<VenueSettings>): void;
};

/** The venue's controls for other processes, as JSON over HTTP. Invalid input is answered with 400 and `{error}`. */
export function registerAdminRoutes(app: FastifyInstance, deps: AdminDeps): void {
  const { conditions, accounts } = deps;
  app.setErrorHandler((error, _request, reply: FastifyReply) => {
    if (error instanceof InvalidInputError) return reply.code(400).send({ error: error.message });
    return reply.send(error);
  });
  app.get('/conditions', (_request, reply) => reply.send({ conditions: conditions.list() }));
  app.post('/conditions', (request, reply) => {
    conditions.set(withoutUndefined(parseInput(ConditionSchema, request.body, 'condition')));
    return reply.code(201).send({ conditions: conditions.list() });
  });
  app.delete('/conditions', (_request, reply) => {
    conditions.clear();
    return reply.send({ conditions: [] });
  });
  app.post('/accounts', (request, reply) => {
    accounts.register(withoutUndefined(parseInput(AccountSchema, request.body, 'account')));
    return reply.code(201).send({});
  });
  app.get('/settings', (_request, reply) => reply.send(deps.settings()));
  app.patch('/settings', (request, reply) => {
    deps.setSettings(withoutUndefined(parseInput(SettingsSchema, request.body, 'settings')));
    return reply.send(deps.settings());
  });
}

type Given<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> };

/** Under `exactOptionalPropertyTypes` a field with the value `undefined` is not an absent one. */
function withoutUndefined<Fields extends object>(fields: Fields): Given<Fields>;
function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
