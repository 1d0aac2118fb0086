import { DatabaseSync } from 'node:sqlite';
import { damagedFile } from '../state-dir.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS schedule_groups (name TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS schedules (
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    request_json TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    fires_at_ms INTEGER NOT NULL,
    failure_count INTEGER NOT NULL DEFAULT 0,
    is_done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_name, name)
  );
  CREATE TABLE IF NOT EXISTS checkpoints (shard_id TEXT PRIMARY KEY, sequence_number TEXT NOT NULL);
`;

/**
 * Durable state of the services that no emulator provides: one-time timers and the stream's checkpoints. Each write is
 * on disk before its request is answered. Contains names and ARNs only, because ports change with each start.
 * @throws ConfigError when the file is damaged
 */
export function openPumpState(file: string): DatabaseSync {
  const state = new DatabaseSync(file);
  try {
    state.exec(SCHEMA);
    return state;
  } catch (error) {
    state.close();
    throw damagedFile(file, error);
  }
}

/** The last sequence number of a stream's shard that was handled or given up. */
export type CheckpointStore = {
  find(shardId: string): string | undefined;
  save(shardId: string, sequenceNumber: string): void;
};

export function createCheckpointStore(state: DatabaseSync, prefix = ''): CheckpointStore {
  const find = state.prepare('SELECT sequence_number FROM checkpoints WHERE shard_id = ?');
  const save = state.prepare('INSERT OR REPLACE INTO checkpoints (shard_id, sequence_number) VALUES (?, ?)');
  return {
    find: (shardId) => {
      const sequenceNumber = find.get(prefix + shardId)?.sequence_number;
      return typeof sequenceNumber === 'string' ? sequenceNumber : undefined;
    },
    save: (shardId, sequenceNumber) => void save.run(prefix + shardId, sequenceNumber),
  };
}
