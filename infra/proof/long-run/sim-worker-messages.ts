import * as z from 'zod';
import { FaultPlanSchema } from '#lib/simulation/fault-plan.ts';
import { LifeTallySchema } from '#lib/simulation/life-tally.ts';

/** Lives with consecutive seeds, played by one worker. */
const ChunkSchema = z.strictObject({ index: z.int().min(0), seed: z.int().min(0), lives: z.int().min(1) });
export type Chunk = Readonly<z.output<typeof ChunkSchema>>;

/** To the worker. */
export const ChunkRequestSchema = z.strictObject({ chunk: ChunkSchema, plan: FaultPlanSchema });
export type ChunkRequest = z.output<typeof ChunkRequestSchema>;

/** From the worker. `cpuMs`: processor time of its process, compilation and garbage collection included. */
export const ChunkResultSchema = z.strictObject({
  chunk: ChunkSchema,
  tally: LifeTallySchema,
  busyMs: z.number().min(0),
  cpuMs: z.number().min(0),
});
export type ChunkResult = Readonly<z.output<typeof ChunkResultSchema>>;
