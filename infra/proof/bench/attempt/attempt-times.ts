/** Prices this long before a market's end move slowly enough for every buy to be matched. */
export const EXIT_LEAD_MS = 180_000;
/** One live opening takes about a third of a second, more on a busy machine: the venue holds an order for a quarter. */
export const OPENING_MS_PER_POSITION = 700;
/** Bought shares are on the chain by then, and the trades final. */
export const SETTLING_MS = 10_000;
/** So long before its due time an exit is woken: the book is read a second before it. */
export const WAKE_LEAD_MS = 1_100;
/** From one exit on time to the next; a late one fits in between. An answer takes a quarter of a second. */
export const EXIT_STEP_MS = 2_200;
