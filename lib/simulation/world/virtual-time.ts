type Action = () => void;

/** A planned event, to be passed to `cancel`. Its action is null once it happened or was cancelled. */
export type Planned = {
  readonly atMs: number;
  readonly order: number;
  readonly isBackground: boolean;
  readonly isQuiet: boolean;
  action: Action | null;
};

/**
 * The clock of a life jumps to the next event when all code waits. Events of one millisecond happen in the order of
 * planning.
 */
export type VirtualTime = {
  nowMs(): number;
  /** Plans `action` for `atMs`, or for now when that has passed. */
  at(atMs: number, action: Action): Planned;
  /** The same for a periodic event (a sweep): it does not keep the world alive. */
  atInBackground(atMs: number, action: Action): Planned;
  /** The same for an action that starts no code and resolves no promise, so that no turn is needed after it. */
  atQuietly(atMs: number, action: Action): Planned;
  /** Cancels an event that has not happened. */
  cancel(planned: Planned): void;
  sleepUntil(atMs: number): Promise<void>;
  /** Jumps to the next event and runs its action; false when none is left. */
  step(): boolean;
  /** Was the last event a quiet one? Then the next step needs no turn in between. */
  wasQuiet(): boolean;
  /** Number of planned events that keep the world alive. */
  foregroundCount(): number;
};

export function createVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  let order = 0;
  let foregroundCount = 0;
  let wasQuiet = false;
  const heap: Planned[] = [];

  const take = (planned: Planned): Action | null => {
    const { action } = planned;
    if (action !== null && !planned.isBackground) foregroundCount -= 1;
    planned.action = null;
    return action;
  };
  const plan = (atMs: number, action: Action, isBackground: boolean, isQuiet: boolean): Planned => {
    const planned: Planned = { atMs: Math.max(atMs, nowMs), order, isBackground, isQuiet, action };
    order += 1;
    if (!isBackground) foregroundCount += 1;
    push(heap, planned);
    return planned;
  };

  return {
    nowMs: () => nowMs,
    at: (atMs, action) => plan(atMs, action, false, false),
    atInBackground: (atMs, action) => plan(atMs, action, true, false),
    atQuietly: (atMs, action) => plan(atMs, action, false, true),
    cancel: (planned) => void take(planned),
    sleepUntil: (atMs) =>
      atMs <= nowMs ? Promise.resolve() : new Promise((resolve) => void plan(atMs, resolve, false, false)),
    step: () => {
      for (let next = pop(heap); next !== undefined; next = pop(heap)) {
        const action = take(next);
        if (action === null) continue;
        nowMs = next.atMs;
        wasQuiet = next.isQuiet;
        action();
        return true;
      }
      return false;
    },
    wasQuiet: () => wasQuiet,
    foregroundCount: () => foregroundCount,
  };
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** A binary heap: the earliest event is the first. */
function push(heap: Planned[], planned: Planned): void {
  let index = heap.length;
  heap.push(planned);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(planned, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = planned;
}

function pop(heap: Planned[]): Planned | undefined {
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
