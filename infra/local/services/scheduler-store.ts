import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import * as z from 'zod';
import { damagedFile } from '../state-dir.ts';
import { type CreateScheduleRequest, CreateScheduleSchema } from './scheduler-wire.ts';

export type StoredSchedule = {
  readonly groupName: string;
  readonly name: string;
  readonly request: CreateScheduleRequest;
  readonly createdAtMs: number;
  /** Includes the lateness. */
  readonly firesAtMs: number;
  readonly failureCount: number;
};

export type SchedulerStore = {
  createGroup(name: string): 'created' | 'exists';
  hasGroup(name: string): boolean;
  /** On disk when it returns. */
  create(schedule: StoredSchedule): 'created' | 'exists';
  find(groupName: string, name: string): StoredSchedule | undefined;
  list(filter: { readonly groupName: string | undefined; readonly namePrefix: string }): readonly StoredSchedule[];
  remove(groupName: string, name: string): 'removed' | 'unknown';
  /** For schedules without `ActionAfterCompletion: DELETE`. */
  markDone(schedule: StoredSchedule): void;
  postpone(schedule: StoredSchedule, firesAtMs: number): void;
  listDue(nowMs: number): readonly StoredSchedule[];
  nextFiresAtMs(): number | undefined;
};

type Row = Record<string, SQLOutputValue>;

/** @throws ConfigError when a stored timer cannot be read */
export function createSchedulerStore(state: DatabaseSync): SchedulerStore {
  assertReadable(state);
  const find = state.prepare('SELECT * FROM schedules WHERE group_name = ? AND name = ?');
  const list = state.prepare('SELECT * FROM schedules WHERE (? IS NULL OR group_name = ?) ORDER BY group_name, name');
  const due = state.prepare('SELECT * FROM schedules WHERE is_done = 0 AND fires_at_ms <= ? ORDER BY fires_at_ms');
  const next = state.prepare('SELECT MIN(fires_at_ms) AS fires_at_ms FROM schedules WHERE is_done = 0');
  const insert = state.prepare(`
    INSERT OR IGNORE INTO schedules (group_name, name, request_json, created_at_ms, fires_at_ms) VALUES (?, ?, ?, ?, ?)`);
  const remove = state.prepare('DELETE FROM schedules WHERE group_name = ? AND name = ?');
  const done = state.prepare('UPDATE schedules SET is_done = 1 WHERE group_name = ? AND name = ?');
  const postpone = state.prepare(
    'UPDATE schedules SET fires_at_ms = ?, failure_count = failure_count + 1 WHERE group_name = ? AND name = ?',
  );
  const insertGroup = state.prepare('INSERT OR IGNORE INTO schedule_groups (name) VALUES (?)');
  const group = state.prepare('SELECT name FROM schedule_groups WHERE name = ?');
  return {
    createGroup: (name) => (insertGroup.run(name).changes === 1 ? 'created' : 'exists'),
    hasGroup: (name) => name === 'default' || group.get(name) !== undefined,
    create: ({ groupName, name, request, createdAtMs, firesAtMs }) =>
      insert.run(groupName, name, JSON.stringify(request), createdAtMs, firesAtMs).changes === 1 ? 'created' : 'exists',
    find: (groupName, name) => {
      const row = find.get(groupName, name);
      return row === undefined ? undefined : toSchedule(row);
    },
    list: ({ groupName, namePrefix }) =>
      list
        .all(groupName ?? null, groupName ?? null)
        .map(toSchedule)
        .filter((schedule) => schedule.name.startsWith(namePrefix)),
    remove: (groupName, name) => (remove.run(groupName, name).changes === 1 ? 'removed' : 'unknown'),
    markDone: ({ groupName, name }) => void done.run(groupName, name),
    postpone: ({ groupName, name }, firesAtMs) => void postpone.run(firesAtMs, groupName, name),
    listDue: (nowMs) => due.all(nowMs).map(toSchedule),
    nextFiresAtMs: () => {
      const firesAtMs = next.get()?.fires_at_ms;
      return typeof firesAtMs === 'number' ? firesAtMs : undefined;
    },
  };
}

const RowSchema = z.object({
  group_name: z.string(),
  name: z.string(),
  request_json: z.string(),
  created_at_ms: z.int(),
  fires_at_ms: z.int(),
  failure_count: z.int(),
});

function toSchedule(row: Row): StoredSchedule {
  const stored = RowSchema.parse(row);
  return {
    groupName: stored.group_name,
    name: stored.name,
    request: CreateScheduleSchema.parse(JSON.parse(stored.request_json)),
    createdAtMs: stored.created_at_ms,
    firesAtMs: stored.fires_at_ms,
    failureCount: stored.failure_count,
  };
}

/** Checked at the start, because one unreadable timer would later keep all others from firing. */
function assertReadable(state: DatabaseSync): void {
  try {
    for (const row of state.prepare('SELECT * FROM schedules').all()) toSchedule(row);
  } catch (error) {
    throw damagedFile(state.location() ?? 'in memory', error);
  }
}
