/** Crashes a process at its n-th effect: the call never returns. */
export type Mortality = {
  /** Effects so far. */
  count: number;
  /** Crashes at this effect (1 is the first); never when null. */
  dieAt: number | null;
  /** Before the effect, or after it and before its answer. */
  when: 'before' | 'after';
};

export function createMortality(): Mortality {
  return { count: 0, dieAt: null, when: 'before' };
}

const NEVER = new Promise<never>(() => {});

type Port = Record<string, unknown>;

/** The same port; each call of its methods counts as an effect. */
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
