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
 * What AWS would remember for us: one-time timers and how far the table's stream was read. Written before anybody is told, so
 * that it survives a kill of this process at any moment. Holds names and ARNs only: ports change from start to start.
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
