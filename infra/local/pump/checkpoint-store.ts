import type { DatabaseSync } from 'node:sqlite';

/** How far a stream's shard has been handed on. */
export type CheckpointStore = {
  find(shardId: string): string | undefined;
  save(shardId: string, sequenceNumber: string): void;
};

export function createCheckpointStore(state: DatabaseSync): CheckpointStore {
  const find = state.prepare('SELECT sequence_number FROM checkpoints WHERE shard_id = ?');
  const save = state.prepare('INSERT OR REPLACE INTO checkpoints (shard_id, sequence_number) VALUES (?, ?)');
  return {
    find: (shardId) => {
      const sequenceNumber = find.get(shardId)?.sequence_number;
      return typeof sequenceNumber === 'string' ? sequenceNumber : undefined;
    },
    save: (shardId, sequenceNumber) => void save.run(shardId, sequenceNumber),
  };
}
