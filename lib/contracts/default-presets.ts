import type { PresetFields } from './exit-presets.ts';

/**
 * What a stage offers unless it says otherwise. A quarter of the entry price: the openings that the round trip lets
 * through can be sold again for more than that, and a recorded five-minute window moves by as much within minutes.
 */
export const DEFAULT_PRESETS: Readonly<Record<string, PresetFields>> = {
  careful: { stopLoss: '25%' },
  trailing: { stopLoss: '25%', trailingStop: '25%' },
};
