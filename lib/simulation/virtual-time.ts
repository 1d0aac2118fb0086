/** A planned event that has not happened yet. */
export type Planned = { cancel(): void };

/**
 * Time of one simulated world: it stands still while code runs and jumps to the next event when the code waits. Events of
 * the same millisecond happen in the order they were planned, so a run is the same every time.
 */
export type VirtualTime = {
  nowMs(): number;
  /** Plans `action` for `atMs`, or for now when that has passed. */
  at(atMs: number, action: () => void): Planned;
  /** The same, for what goes on for ever (a sweep): it does not keep the world alive. */
  atInBackground(atMs: number, action: () => void): Planned;
  sleepUntil(atMs: number): Promise<void>;
  /** Jumps to the next event and lets it happen; false when none is left. */
  step(): boolean;
  /** How many planned events keep the world alive. */
  foregroundCount(): number;
};

type Entry = { readonly atMs: number; readonly order: number; readonly isBackground: boolean; action: Action | null };
type Action = () => void;

export function createVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  let order = 0;
  let foregroundCount = 0;
  const heap: Entry[] = [];

  const take = (entry: Entry): Action | null => {
    const { action } = entry;
    if (action !== null && !entry.isBackground) foregroundCount -= 1;
    entry.action = null;
    return action;
  };
  const plan = (atMs: number, action: Action, isBackground: boolean): Planned => {
    const entry: Entry = { atMs: Math.max(atMs, nowMs), order, isBackground, action };
    order += 1;
    if (!isBackground) foregroundCount += 1;
    push(heap, entry);
    return { cancel: () => void take(entry) };
  };

  return {
    nowMs: () => nowMs,
    at: (atMs, action) => plan(atMs, action, false),
    atInBackground: (atMs, action) => plan(atMs, action, true),
    sleepUntil: (atMs) =>
      atMs <= nowMs ? Promise.resolve() : new Promise((resolve) => void plan(atMs, resolve, false)),
    step: () => {
      for (let entry = pop(heap); entry !== undefined; entry = pop(heap)) {
        const action = take(entry);
        if (action === null) continue;
        nowMs = entry.atMs;
        action();
        return true;
      }
      return false;
    },
    foregroundCount: () => foregroundCount,
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** A binary heap: the earliest entry is the first. */
function push(heap: Entry[], entry: Entry): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const left = heap[leftIndex];
    if (left === undefined) break;
    const right = heap[leftIndex + 1];
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    const childIndex = isRight ? leftIndex + 1 : leftIndex;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
  return first;
}
