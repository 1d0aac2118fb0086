/** Lets a process die at its n-th effect: the call never returns, as if the machine were gone. */
export type Mortality = {
  /** Effects so far. */
  count: number;
  /** Die at this effect (1 is the first), never when null. */
  dieAt: number | null;
  /** Before the effect happened, or after it and before its answer. */
  when: 'before' | 'after';
};

export function createMortality(): Mortality {
  return { count: 0, dieAt: null, when: 'before' };
}

const NEVER = new Promise<never>(() => {});

type Port = Record<string, unknown>;

/** The same port, each of whose asynchronous methods counts as an effect. */
export function mortal<P extends object>(port: P, mortality: Mortality): P {
  const entries = Object.entries(port as Port).map(([name, method]) => {
    if (typeof method !== 'function') return [name, method];
    const wrapped = async (...args: readonly unknown[]): Promise<unknown> => {
      mortality.count += 1;
      const isLast = mortality.count === mortality.dieAt;
      if (isLast && mortality.when === 'before') return NEVER;
      const result: unknown = await method(...args);
      return isLast ? NEVER : result;
    };
    return [name, wrapped];
  });
  return Object.fromEntries(entries) as P;
}
