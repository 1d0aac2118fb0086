/** Long enough for all measured exits, one after the other. */
export const EXIT_LEAD_MS = 180_000;
/** One live opening takes about a third of a second: the venue holds an order for a quarter. */
export const OPENING_MS_PER_POSITION = 700;
/** Bought shares are on the chain by then, and the trades final. */
export const SETTLING_MS = 10_000;
