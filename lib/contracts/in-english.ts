import { en } from 'zod/locales';

/**
 * To be passed to a schema whose faults people read: `zod/mini`, which keeps the functions small, brings no words of its own. Passed
 * with each call and never set for the whole process, where another module could have set it and hide that one forgot.
 */
export const IN_ENGLISH = { error: en().localeError };
