/** Why no exit was requested, where the position itself does not say it. */
export const EXIT_REFUSALS = {
  'already-closed': 'The position is closed already.',
  'past-deadline':
    "The deadline has passed and nothing can be sold any more. The market's result decides what the shares pay.",
  'request-id-reused': 'This requestId belongs to another call. Use a new one.',
} as const;
