import { useEffect, useRef, useState } from 'preact/hooks';

/** A value that components follow. */
export type Store<Value> = {
  get(): Value;
  set(value: Value): void;
  subscribe(listener: () => void): () => void;
};

export function createStore<Value>(initial: Value): Store<Value> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set: (value) => {
      current = value;
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The store's value, or a part of it: the component is drawn again when that part is another. */
export function useStore<Value, Part = Value>(store: Store<Value>, pick: (value: Value) => Part): Part {
  const latest = useRef(pick);
  latest.current = pick;
  const [part, setPart] = useState(() => pick(store.get()));
  useEffect(() => {
    const update = (): void => setPart(() => latest.current(store.get()));
    update();
    return store.subscribe(update);
  }, [store]);
  return part;
}
