import type { Mode } from '#lib/domain/position/position.ts';

/**
 * Restricts all modes at once: one whose row cannot be written must not keep the other open.
 * @throws what the first mode that failed threw, after all have ended
 */
export async function restrictEach(modes: readonly Mode[], restrict: (mode: Mode) => Promise<void>): Promise<void> {
  const written = await Promise.allSettled(modes.map(restrict));
  for (const each of written) if (each.status === 'rejected') throw each.reason;
}
