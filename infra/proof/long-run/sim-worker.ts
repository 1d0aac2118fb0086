// Plays chunks of lives for a long run, until the run ends or disappears.
import { playLives } from '#lib/simulation/simulate.ts';
import { type ChunkRequest, ChunkRequestSchema, type ChunkResult } from './sim-worker-messages.ts';

async function playChunk({ chunk, plan }: ChunkRequest): Promise<ChunkResult> {
  const startedAtMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const tally = await playLives({ seed: chunk.seed, lifeCount: chunk.lives, plan });
  const { user, system } = process.cpuUsage(cpuBefore);
  return { chunk, tally, busyMs: Math.round(performance.now() - startedAtMs), cpuMs: (user + system) / 1_000 };
}

// A terminal sends its signals to all processes of the command: the run decides how it ends.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', async (message) => {
  process.send?.(await playChunk(ChunkRequestSchema.parse(message)));
});
